// A YAML text as a sequence of documents, each a compact tree, built from libyaml's events. One document lives at a
// time and its memory serves the next: a manifest of 100,000 members costs what its largest document does. Everything a
// hostile text can do is bounded here: size, depth, and what aliases expand to.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ballast::yaml {

inline constexpr std::uint32_t max_depth = 64;
inline constexpr std::uint64_t max_alias_nodes = 1'000'000;  ///< reached through the aliases of one text

enum class Kind : std::uint8_t { scalar, sequence, mapping, alias };

/// The storage of one document: nodes in the order of their events, so a container's first child follows it.
struct Document {
  struct Node {
    Kind kind = Kind::scalar;
    bool quoted = false;      ///< a scalar in quotes or a block scalar: text, never null or a number
    std::uint32_t first = 0;  ///< scalar: offset of its text; alias: the node meant
    std::uint32_t size = 0;   ///< scalar: bytes; sequence: items; mapping: entries
    std::uint32_t next = 0;   ///< next child of the same parent; 0: none
    int line = 0;             ///< from 1
    int column = 0;           ///< from 1
  };
  std::vector<Node> nodes;
  std::string texts;
};

/// One node of the current document; cheap to copy, valid until the next document is read. An alias looks like what it
/// stands for, at the alias's own place.
class Node {
 public:
  Node(const Document* document, std::uint32_t index) : document_(document), place_(index), index_(index) {
    if (raw(index).kind == Kind::alias) index_ = raw(index).first;
  }

  [[nodiscard]] Kind kind() const { return raw(index_).kind; }
  [[nodiscard]] bool is_scalar() const { return kind() == Kind::scalar; }
  [[nodiscard]] bool is_sequence() const { return kind() == Kind::sequence; }
  [[nodiscard]] bool is_mapping() const { return kind() == Kind::mapping; }
  [[nodiscard]] bool quoted() const { return raw(index_).quoted; }
  /// Nothing, '~' or 'null', unquoted.
  [[nodiscard]] bool is_null() const;
  /// A scalar's text.
  [[nodiscard]] std::string_view text() const {
    return std::string_view(document_->texts).substr(raw(index_).first, raw(index_).size);
  }
  /// Items of a sequence, entries of a mapping.
  [[nodiscard]] std::uint32_t size() const { return raw(index_).size; }
  [[nodiscard]] int line() const { return raw(place_).line; }
  [[nodiscard]] int column() const { return raw(place_).column; }

  /// Children: the items of a sequence; key, value, key, value of a mapping.
  [[nodiscard]] std::optional<Node> first_child() const {
    return is_scalar() || size() == 0 ? std::nullopt : std::optional<Node>(Node(document_, index_ + 1));
  }
  [[nodiscard]] std::optional<Node> next_sibling() const {
    const std::uint32_t next = raw(place_).next;
    return next == 0 ? std::nullopt : std::optional<Node>(Node(document_, next));
  }
  /// The value of a mapping's first entry with that key.
  [[nodiscard]] std::optional<Node> find(std::string_view key) const;

  /// Calls visit(item) for each item of a sequence.
  template <class Visit>
  void each_item(Visit visit) const {
    for (auto item = first_child(); item; item = item->next_sibling()) visit(*item);
  }
  /// Calls visit(key, value) for each entry of a mapping.
  template <class Visit>
  void each_entry(Visit visit) const {
    for (auto key = first_child(); key;) {
      const Node value = *key->next_sibling();
      visit(*key, value);
      key = value.next_sibling();
    }
  }

 private:
  [[nodiscard]] const Document::Node& raw(std::uint32_t index) const { return document_->nodes[index]; }

  const Document* document_;
  std::uint32_t place_;  ///< where it stands; the alias, where it is one
  std::uint32_t index_;  ///< what it is
};

struct Problem {
  int line = 1;
  int column = 1;
  std::string message;
};

/// Reads one text; the text outlives the stream. Never throws.
class Stream {
 public:
  explicit Stream(std::string_view text);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// The root of the next document that is not empty; nullopt at the end, and where the text is broken.
  std::optional<Node> next();
  /// What is wrong so far: at most one problem that ends the reading, and any number of duplicate keys and the like.
  [[nodiscard]] std::vector<Problem> take_problems();
  /// Whether the rest of the text could not be read.
  [[nodiscard]] bool broken() const;

 private:
  class Builder;
  std::unique_ptr<Builder> builder_;
};

}  // namespace ballast::yaml
