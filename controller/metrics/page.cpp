#include "controller/metrics/page.hpp"

#include <sstream>

#include <prometheus/text_serializer.h>

#include "controller/metrics/families.hpp"
#include "controller/metrics/family.hpp"

namespace ballast::metrics {
namespace {

double seconds_since_epoch(std::chrono::sys_time<std::chrono::milliseconds> at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

void make_node_families(const Values& values, const FamilySink& sink) {
  sink(Family::gauge("ballast_build_info", "The version that runs; always 1.")
           .add({{"version", values.version}}, true)
           .take());
  sink(Family::gauge("ballast_node_info", "This machine's name in the manifest; always 1.")
           .add({{"node", values.node}}, true)
           .take());
  sink(Family::gauge("ballast_ready", "Whether a manifest is in force, was applied fully once, and the node can serve.")
           .add({}, values.ready)
           .take());
  sink(Family::gauge("ballast_eligible", "Whether the node stands for election.").add({}, values.eligible).take());
  sink(Family::gauge("ballast_maintenance", "Whether an operator has taken the node out of service.")
           .add({}, values.maintenance)
           .take());
  sink(Family::gauge("ballast_suspended", "Whether an operator has told the controller to apply nothing.")
           .add({}, values.suspended)
           .take());
  sink(Family::gauge("ballast_problems", "What is wanted but could not be made so at the last look.")
           .add({}, static_cast<std::uint64_t>(values.problems))
           .take());
}

void make_manifest_families(const Values& values, const FamilySink& sink) {
  const http::ManifestStatus& manifest = values.manifest;
  sink(Family::gauge("ballast_manifest_info", "The revision of the manifest in force; always 1.")
           .add({{"revision", manifest.revision}}, true)
           .take());
  if (manifest.applied) {
    sink(Family::gauge("ballast_manifest_applied_info",
                       "The revision that the kernel was fully made from last; always 1.")
             .add({{"revision", manifest.applied->id}}, true)
             .take());
    sink(Family::gauge("ballast_manifest_applied_timestamp_seconds", "When that was so for the first time.")
             .add({}, seconds_since_epoch(manifest.applied->at))
             .take());
  }
  sink(Family::gauge("ballast_manifest_refused", "Whether the manifest that was read last is not valid.")
           .add({}, !manifest.refused.empty())
           .take());
  if (!manifest.refused.empty()) {
    sink(
        Family::gauge("ballast_manifest_refused_info", "Which one is not valid, and the first mistake; always 1.")
            .add({{"revision", manifest.refused}, {"error", manifest.error.substr(0, manifest.error.find('\n'))}}, true)
            .take());
  }
  sink(Family::gauge("ballast_manifest_held", "Whether a manifest waits for approval, as it takes much away.")
           .add({}, !manifest.held.empty())
           .take());
  Family read = Family::counter("ballast_manifests_read_total", "Manifests that were read, by what became of them.");
  for (const char* outcome : {"in_force", "held", "refused", "unchanged"}) {
    const auto found = values.counters.manifests.find(outcome);
    read.add({{"outcome", outcome}}, found == values.counters.manifests.end() ? 0 : found->second);
  }
  sink(read.take());
  Family errors = Family::counter("ballast_source_errors_total", "Attempts to read a manifest's source that failed.");
  for (const char* source : {"files", "git"}) {
    const auto found = values.counters.source_errors.find(source);
    errors.add({{"source", source}}, found == values.counters.source_errors.end() ? 0 : found->second);
  }
  sink(errors.take());
}

void make_process_families(const ProcessUsage& process, const FamilySink& sink) {
  sink(Family::counter("process_cpu_seconds_total", "Processor time of all threads.")
           .add({}, process.cpu_seconds)
           .take());
  sink(Family::gauge("process_resident_memory_bytes", "Memory in use.").add({}, process.resident_bytes).take());
  sink(Family::gauge("process_virtual_memory_bytes", "Address space in use.").add({}, process.virtual_bytes).take());
  sink(Family::gauge("process_open_fds", "Open file descriptors.").add({}, process.open_descriptors).take());
  sink(Family::gauge("process_max_fds", "File descriptors that may be open.").add({}, process.most_descriptors).take());
  sink(Family::gauge("process_threads", "Threads.").add({}, process.threads).take());
  sink(Family::gauge("process_start_time_seconds", "When the process began, since the epoch.")
           .add({}, process.started.count())
           .take());
}

}  // namespace

void make_families(const Values& values, const FamilySink& sink) {
  make_node_families(values, sink);
  make_router_families(values.routers, sink);
  make_manifest_families(values, sink);
  make_look_families(values.counters.looks, sink);
  make_check_families(values, sink);
  make_service_families(values, sink);
  make_ipvs_families(values, sink);
  make_process_families(values.process, sink);
}

std::string text_of(const Values& values) {
  std::ostringstream page;
  page.imbue(std::locale::classic());
  const prometheus::TextSerializer serializer;
  make_families(values, [&](prometheus::MetricFamily family) {
    // A family without series would be a heading only.
    if (!family.metric.empty()) serializer.Serialize(page, {std::move(family)});
  });
  return std::move(page).str();
}

}  // namespace ballast::metrics
