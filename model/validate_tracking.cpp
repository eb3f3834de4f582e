// What a VirtualRouter tracks, the programs it runs, and how it announces a new MASTER.
#include "model/validate_rules.hpp"

namespace ballast {

namespace {

/// What the kernel tells at once needs no schedule and no second opinion.
void check_interface_track(Validation& validation, const Track& track) {
  const auto refuse = [&](const Origin& origin, std::string_view field) {
    if (!origin.known()) return;
    validation.report.add(
        origin, cat(field, " has no effect on an interface, which the kernel tells about at once; remove it"));
  };
  refuse(track.interval.origin, "interval");
  refuse(track.rise.origin, "rise");
  refuse(track.fall.origin, "fall");
  refuse(track.initial.origin, "initial");
}

void check_track(Validation& validation, const Track& track, const Header& header) {
  Report& report = validation.report;
  const int kinds = int{track.interface.has_value()} + int{track.script.has_value()} + int{track.process.has_value()} +
                    int{track.file.has_value()};
  if (kinds == 0 && !validation.gaps.in(header)) {
    report.add(track.origin, "a track needs one of 'interface', 'script', 'process' and 'file'");
  }
  if (kinds > 1) {
    report.add(track.origin, "a track has one of 'interface', 'script', 'process' and 'file'; write an entry for each");
    return;
  }
  if (track.interface) check_interface_track(validation, track);
  if (track.script) check_program(validation, *track.script, header);
  if (track.process && (track.process->value.empty() || track.process->value.find('/') != std::string::npos)) {
    report.add(track.process->origin,
               cat("process: '", shown(track.process->value), "' is not a process's name, like haproxy"));
  }
}

void check_announcements(Validation& validation, const VirtualRouter& router) {
  const Announcements& announce = router.announce;
  constexpr std::chrono::milliseconds none{0};
  if (announce.refresh.value > none && announce.refresh.value < std::chrono::seconds(1)) {
    validation.report.add(announce.refresh.origin, "refresh must be 1s at least, or 0s for none");
  }
  if (announce.refresh_count.origin.known() && announce.refresh.value == none && !validation.gaps.in(router.header)) {
    validation.report.add(announce.refresh_count.origin,
                          "refreshCount has no effect without refresh; write refresh, or remove it");
  }
}

}  // namespace

void check_program(Validation& validation, const Program& program, const Header& header) {
  Report& report = validation.report;
  if (program.user && program.user->value.empty()) report.add(program.user->origin, "user: a name may not be empty");
  if (program.command.empty() || validation.gaps.in(header)) return;
  const auto& first = program.command.front();
  if (program.one_text && !program.shell.value) {
    report.add(first.origin,
               "command must be a list, like [/path/to/program, argument]; or write shell: true, and /bin/sh runs the "
               "text");
    return;
  }
  if (!program.one_text && program.shell.value) {
    report.add(first.origin, "command must be one text with shell: true; or remove shell, and no shell runs the list");
    return;
  }
  for (const auto& word : program.command) {
    if (word.value.find('\0') != std::string::npos) {
      report.add(word.origin, "command: text for a program cannot have a NUL byte");
      return;
    }
  }
  if (program.shell.value && first.value.find_first_not_of(" \t\r\n") == std::string::npos) {
    report.add(first.origin, "command is empty; write one");
  }
  if (!program.shell.value && !first.value.starts_with('/')) {
    report.add(first.origin, cat("command: '", shown(first.value), "' is not an absolute path"));
  }
}

void check_tracking(Validation& validation, const VirtualRouter& router) {
  check_announcements(validation, router);
  for (const Track& track : router.track) check_track(validation, track, router.header);
  if (router.notify) check_program(validation, *router.notify, router.header);
}

}  // namespace ballast
