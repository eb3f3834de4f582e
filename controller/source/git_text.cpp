#include "controller/source/git_text.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

namespace ballast::git {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t id_shown = 12;
constexpr std::size_t most_files = 10000;
constexpr std::size_t most_bytes = std::size_t{128} << 20;

/// Up to `end`, which is taken away with it; all where there is no `end`.
std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t size = std::min(rest.find(end), rest.size());
  const std::string_view part = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
  return part;
}

template <class Number>
bool read_number(std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc{} && stop == end;
}

bool is_id(std::string_view text) {
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return (text.size() == 40 || text.size() == 64) && std::all_of(text.begin(), text.end(), is_digit);
}

/// One line of `ls-tree -l`: "<mode> <type> <id> <size>\t<path>"
struct Entry {
  std::string_view mode, id, size, name;
};

Entry read_entry(std::string_view line) {
  Entry entry;
  entry.mode = take_until(line, ' ');
  take_until(line, ' ');
  entry.id = take_until(line, ' ');
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));  // the size is aligned to the right
  entry.size = take_until(line, '\t');
  entry.name = line;
  return entry;
}

bool is_hidden(const fs::path& name) {
  return std::any_of(name.begin(), name.end(), [](const fs::path& part) { return part.native().starts_with('.'); });
}

bool is_manifest(const fs::path& name) {
  return name.extension() == ".yaml" || name.extension() == ".yml";
}

std::string no_manifests(const std::string& path, bool anything) {
  if (path.empty()) return "the commit has no *.yaml or *.yml file";
  if (!anything) return fmt::format("the commit has no '{}'", printable(path));
  return fmt::format("'{}' has no *.yaml or *.yml file in this commit", printable(path));
}

}  // namespace

std::string printable(std::string_view text, std::size_t longest) {
  std::string out(text.substr(0, longest));
  if (text.size() > longest) {
    while (!out.empty() && (text[out.size()] & '\xc0') == '\x80') out.pop_back();  // not within a UTF-8 character
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    const bool c1 = byte == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0;
    if (c1) out[i + 1] = '?';  // a terminal takes U+0080 to U+009F for controls, too
    if (byte < 0x20 || byte == 0x7f || c1) out[i] = '?';
  }
  return text.size() > longest ? out + "..." : out;
}

std::string complaint(std::string_view errors) {
  constexpr std::size_t longest = 400;
  std::string text;
  for (std::string_view rest = errors; !rest.empty();) {
    std::string_view line = take_until(rest, '\n');
    while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
    if (line.empty() || line.starts_with("hint:") || line.starts_with("warning:")) continue;
    text += (text.empty() ? "" : "; ") + printable(line, longest);
    if (line.starts_with("fatal:") || text.size() > longest) break;
  }
  return printable(text, longest);
}

std::optional<std::string> find_reference(std::string_view output, std::string_view reference) {
  while (!output.empty()) {
    std::string_view line = take_until(output, '\n');
    const std::string_view id = take_until(line, '\t');
    if (line == reference && is_id(id)) return std::string(id);
  }
  return std::nullopt;
}

std::optional<Revision> read_revision(std::string_view output) {
  const std::string_view id = take_until(output, '\0');
  const std::string_view author = take_until(output, '\0');
  const std::string_view mail = take_until(output, '\0');
  const std::string_view time = take_until(output, '\0');
  std::int64_t seconds = 0;
  if (!is_id(id) || !read_number(time, seconds) || output.find('\0') == std::string_view::npos) return std::nullopt;
  Revision revision;
  revision.id = id.substr(0, id_shown);
  revision.commit = id;
  revision.author = printable(fmt::format("{} <{}>", author, mail));
  revision.subject = printable(take_until(output, '\0'));
  revision.committed_at = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  return revision;
}

Listing read_listing(std::string_view output, const std::string& path) {
  Listing listing;
  const auto problem = [&](std::string text) { listing.problems.push_back({Origin{}, std::move(text)}); };
  const bool anything = !output.empty();
  std::size_t bytes = 0;
  while (!output.empty()) {
    const Entry entry = read_entry(take_until(output, '\0'));
    const bool is_path = entry.name == path;
    if (!is_path && !path.empty() && !entry.name.starts_with(path + "/")) continue;
    const fs::path name = is_path || path.empty() ? fs::path(entry.name) : fs::path(entry.name.substr(path.size() + 1));
    if (!is_path && is_hidden(name)) continue;
    if (entry.mode == "160000") {
      problem(printable(entry.name) + ": a submodule, which is not followed; add its manifests to this repository");
    } else if (entry.mode == "120000") {
      // One without any ending may lead to a folder.
      if (!is_path && !is_manifest(name) && name.has_extension()) continue;
      problem(printable(entry.name) + ": a symbolic link, which is not followed in a repository; put the files here");
    } else if (is_path || is_manifest(name)) {
      std::size_t size = 0;
      if (!is_id(entry.id) || !read_number(entry.size, size)) {
        problem(printable(entry.name) + ": git says nothing of its size");
      } else if (size > largest_manifest) {
        problem(fmt::format("{}: larger than {} MiB, which is the most that one manifest file may have; split it",
                            printable(entry.name), largest_manifest >> 20));
      } else {
        bytes += size;
        listing.blobs.push_back({std::string(entry.id), std::string(entry.name), size});
      }
    }
  }
  if (listing.blobs.size() > most_files || bytes > most_bytes) {
    listing.blobs.clear();
    problem(fmt::format("more than {} manifests, or more than {} MiB of them; narrow it down with --path", most_files,
                        most_bytes >> 20));
  }
  if (listing.blobs.empty() && listing.problems.empty()) problem(no_manifests(path, anything));
  std::sort(listing.blobs.begin(), listing.blobs.end(),
            [](const Blob& a, const Blob& b) { return fs::path(a.name) < fs::path(b.name); });
  return listing;
}

std::optional<std::vector<SourceText>> read_blobs(std::string_view output, const std::vector<Blob>& blobs) {
  std::vector<SourceText> texts;
  for (const Blob& blob : blobs) {
    if (take_until(output, '\n') != fmt::format("{} blob {}", blob.id, blob.size)) return std::nullopt;
    if (output.size() < blob.size + 1 || output[blob.size] != '\n') return std::nullopt;
    texts.push_back({printable(blob.name), std::string(output.substr(0, blob.size))});
    output.remove_prefix(blob.size + 1);
  }
  if (!output.empty()) return std::nullopt;
  return texts;
}

std::size_t batch_bytes(const std::vector<Blob>& blobs) {
  constexpr std::size_t header = 128;  // id, " blob ", size and two ends of line
  std::size_t bytes = 0;
  for (const Blob& blob : blobs) bytes += header + blob.size;
  return bytes;
}

}  // namespace ballast::git
