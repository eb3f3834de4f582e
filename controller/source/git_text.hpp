// What git prints, read. Pure; whatever it is given, nothing of it gets out of bounds or onto a terminal unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/source/files.hpp"
#include "controller/source/snapshot.hpp"

namespace ballast::git {

/// `text` on one line, bounded, control characters as '?'.
std::string printable(std::string_view text, std::size_t longest = 200);

/// Why git has failed, of what it printed to stderr: up to the first line that is fatal, without hints and warnings.
std::string complaint(std::string_view errors);

/// The id of `reference` in what `ls-remote` prints ("<id>\t<reference>").
std::optional<std::string> find_reference(std::string_view output, std::string_view reference);

/// What log_format asks for: full id, author, e-mail, commit time, subject. nullopt where it is something else.
inline constexpr const char* log_format = "%H%x00%an%x00%ae%x00%ct%x00%s%x00";
std::optional<Revision> read_revision(std::string_view output);

struct Blob {
  std::string id;
  std::string name;  ///< its path in the repository
  std::size_t size = 0;
};

/// The manifests of a commit, and what of it cannot be taken.
struct Listing {
  std::vector<Blob> blobs;  ///< in the order in which files are read
  Diagnostics problems;
};

/// Reads `ls-tree -r -z -l` of `path` (empty: all): as with files, *.yaml and *.yml, and no name that begins with a
/// dot; a path that is a file is taken whatever its name. Links and submodules are problems: what they lead to would be
/// missing in silence.
Listing read_listing(std::string_view output, const std::string& path);

/// The texts of `blobs` in what `cat-file --batch` prints. nullopt where it is something else.
std::optional<std::vector<SourceText>> read_blobs(std::string_view output, const std::vector<Blob>& blobs);

/// The most bytes that `cat-file --batch` prints for them.
std::size_t batch_bytes(const std::vector<Blob>& blobs);

}  // namespace ballast::git
