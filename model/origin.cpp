// The pool of file and object names, and guesses at what was meant.
#include "model/origin.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <unordered_set>

namespace ballast {

std::string Origin::line_text() const {
  return known() ? *source->file + ":" + std::to_string(line) : std::string();
}

std::string Origin::text() const {
  return known() ? line_text() + ":" + std::to_string(column) : std::string();
}

std::string_view Origin::object_name() const {
  if (object() == nullptr) return {};
  const std::string_view whole = *object();
  return whole.substr(whole.find('/') + 1);
}

const std::string* intern(std::string_view text) {
  static std::mutex mutex;
  static std::unordered_set<std::string> pool;  // node-based: addresses of its elements are stable
  const std::lock_guard lock(mutex);
  return &*pool.emplace(text).first;
}

const Source* intern(const Source& source) {
  static std::mutex mutex;
  static std::map<std::pair<const std::string*, const std::string*>, Source> pool;
  const std::lock_guard lock(mutex);
  return &pool.try_emplace({source.file, source.object}, source).first->second;
}

std::string Diagnostic::text() const {
  return origin.known() ? origin.text() + ": " + message : message;
}

namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours count one each.
/// Case-insensitive for ASCII: "tcp" and "TCP" are equal.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  const auto same = [&](std::size_t i, std::size_t j) { return lower(a[i - 1]) == lower(b[j - 1]); };
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(i, j) ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && same(i, j - 1) && same(i - 1, j);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t longest_word = 64;  // nobody mistypes a name of that length; bounds the work
  if (word.empty() || word.size() > longest_word) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > longest_word) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string_view guess = nearest(word, candidates);
  return guess.empty() ? std::string() : " (did you mean '" + std::string(guess) + "'?)";
}

}  // namespace ballast
