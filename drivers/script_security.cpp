// Walks the path as the kernel would, link by link, and looks at everything on the way.
#include "drivers/script_security.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <deque>

#include <sys/stat.h>
#include <unistd.h>

namespace ballast {
namespace {

constexpr int most_links = 40;  // as the kernel's MAXSYMLINKS

Error refuse(const std::string& script, const std::string& why, int errnum) {
  return {"script " + script + " is refused: " + why, errnum};
}

bool may_execute(const struct stat& file, const User& user) {
  if (user.uid == 0) return S_ISDIR(file.st_mode) || (file.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
  if (file.st_uid == user.uid) return (file.st_mode & S_IXUSR) != 0;
  const bool member =
      file.st_gid == user.gid || std::find(user.groups.begin(), user.groups.end(), file.st_gid) != user.groups.end();
  return (file.st_mode & (member ? S_IXGRP : S_IXOTH)) != 0;
}

/// What is wrong with one thing on the way, or nothing.
std::string problem_of(const std::string& path, const struct stat& file, const User& user) {
  if (file.st_uid != 0 && file.st_uid != user.uid) {
    return path + " belongs to user " + std::to_string(file.st_uid) + ", who could change it (chown root " + path + ")";
  }
  if (S_ISLNK(file.st_mode)) return "";
  // In a directory with the sticky bit, others cannot replace what is not theirs.
  if (S_ISDIR(file.st_mode) && (file.st_mode & S_ISVTX) != 0) return "";
  if ((file.st_mode & S_IWOTH) != 0) return path + " can be written by everybody (chmod o-w " + path + ")";
  if ((file.st_mode & S_IWGRP) != 0 && file.st_gid != 0) {
    return path + " can be written by group " + std::to_string(file.st_gid) + " (chmod g-w " + path + ")";
  }
  return "";
}

void push_parts(std::deque<std::string>& parts, const std::string& path) {
  std::deque<std::string> added;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) added.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  parts.insert(parts.begin(), added.begin(), added.end());
}

}  // namespace

Result<void> check_script_security(const std::string& script, const User& user) {
  if (script.empty() || script.front() != '/') return refuse(script, "give its whole path, from /", EINVAL);
  if (script.find('\0') != std::string::npos) return refuse(script, "a zero byte in its path", EINVAL);
  std::deque<std::string> parts;
  push_parts(parts, script);
  parts.emplace_front();  // the root directory itself
  std::string at;         // what was walked, without links
  struct stat file {};
  for (int links = 0; !parts.empty();) {
    const std::string part = parts.front();
    parts.pop_front();
    if (part == ".") continue;
    if (part == "..") {
      at.erase(std::min(at.find_last_of('/'), at.size()));
      continue;
    }
    const std::string path = part.empty() ? "/" : at + "/" + part;
    if (lstat(path.c_str(), &file) != 0) return refuse(script, path + ": " + errno_text(errno), errno);
    if (const std::string problem = problem_of(path, file, user); !problem.empty()) {
      return refuse(script, problem, EPERM);
    }
    if (S_ISLNK(file.st_mode)) {
      if (++links > most_links) return refuse(script, "too many symbolic links", ELOOP);
      std::array<char, PATH_MAX> target{};
      const ssize_t size = readlink(path.c_str(), target.data(), target.size() - 1);
      if (size <= 0) return refuse(script, path + ": " + errno_text(errno), errno);
      if (target[0] == '/') at.clear();
      push_parts(parts, target.data());
      continue;
    }
    const bool last = parts.empty();
    if (!last && !S_ISDIR(file.st_mode)) return refuse(script, path + " is no directory", ENOTDIR);
    if (!may_execute(file, user)) {
      return refuse(script,
                    "user " + user.name + (S_ISDIR(file.st_mode) ? " may not enter " : " may not execute ") + path,
                    EACCES);
    }
    if (!part.empty()) at = path;
  }
  if (!S_ISREG(file.st_mode)) return refuse(script, "it is no file", EACCES);
  return {};
}

}  // namespace ballast
