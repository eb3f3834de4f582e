// Builds the trees. libyaml scans and parses; anchors, aliases and duplicate keys are ours, as its event API leaves
// them.
#include "model/yaml.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <yaml.h>

#include "model/report.hpp"
#include "model/yaml_problems.hpp"

namespace ballast::yaml {

bool Node::is_null() const {
  if (!is_scalar() || quoted()) return false;
  const std::string_view word = text();
  return word.empty() || word == "~" || word == "null" || word == "Null" || word == "NULL";
}

std::optional<Node> Node::find(std::string_view key) const {
  std::optional<Node> found;
  each_entry([&](Node name, Node value) {
    if (!found && name.is_scalar() && name.text() == key) found = value;
  });
  return found;
}

class Stream::Builder {
 public:
  explicit Builder(std::string_view text) : text_(text) {
    if (auto problem = encoding_problem(text_)) {
      stop(std::move(*problem));
      return;
    }
    if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
    initialised_ = yaml_parser_initialize(&parser_) == 1;
    if (!initialised_) {
      stop({1, 1, "out of memory"});
      return;
    }
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text_.data()), text_.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~Builder() {
    if (initialised_) yaml_parser_delete(&parser_);
  }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  std::optional<Node> next() {
    while (!ended_) {
      document_.nodes.clear();
      document_.texts.clear();
      anchors_.clear();
      open_.clear();
      complete_ = false;
      while (!ended_ && !complete_) step();
      if (!complete_ || document_.nodes.empty()) continue;
      const Node root(&document_, 0);
      if (!root.is_scalar() || root.quoted() || !root.text().empty()) return root;
    }
    return std::nullopt;
  }

  std::vector<Problem> problems;
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  /// A container whose end has not been seen.
  struct Open {
    std::uint32_t index = 0;
    std::uint32_t last_child = 0;
    std::uint64_t weight = 1;  ///< nodes, aliases expanded
    std::uint32_t height = 1;
    std::string anchor;
  };
  struct Anchor {
    std::uint32_t index = 0;
    std::uint64_t weight = 0;
    std::uint32_t height = 0;
    bool complete = false;
  };

  void stop(Problem problem) {
    problems.push_back(std::move(problem));
    ended_ = true;
    broken_ = true;
  }

  /// Not the end of the reading. Bounded, as the report that takes it in the end is.
  void note(const yaml_mark_t& mark, std::string message) {
    if (problems.size() <= Report::limit) problems.push_back({line_of(mark), column_of(mark), std::move(message)});
  }
  void note(const Node& node, std::string message) {
    if (problems.size() <= Report::limit) problems.push_back({node.line(), node.column(), std::move(message)});
  }

  void step() {
    yaml_event_t event;
    if (yaml_parser_parse(&parser_, &event) != 1) {
      stop(parser_problem(parser_, text_));
      return;
    }
    take(event);
    yaml_event_delete(&event);
  }

  void take(const yaml_event_t& event) {
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        take_scalar(event);
        return;
      case YAML_ALIAS_EVENT:
        take_alias(event);
        return;
      case YAML_SEQUENCE_START_EVENT:
        begin(event, Kind::sequence, event.data.sequence_start.anchor, event.data.sequence_start.tag);
        return;
      case YAML_MAPPING_START_EVENT:
        begin(event, Kind::mapping, event.data.mapping_start.anchor, event.data.mapping_start.tag);
        return;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        end();
        return;
      case YAML_DOCUMENT_END_EVENT:
        complete_ = true;
        return;
      case YAML_STREAM_END_EVENT:
      case YAML_NO_EVENT:
        ended_ = true;
        return;
      case YAML_STREAM_START_EVENT:
      case YAML_DOCUMENT_START_EVENT:
        return;
    }
  }

  std::uint32_t add(const yaml_event_t& event, Document::Node node) {
    const auto index = static_cast<std::uint32_t>(document_.nodes.size());
    node.line = line_of(event.start_mark);
    node.column = column_of(event.start_mark);
    document_.nodes.push_back(node);
    if (open_.empty()) return index;
    Open& parent = open_.back();
    if (parent.last_child != 0) document_.nodes[parent.last_child].next = index;
    parent.last_child = index;
    ++document_.nodes[parent.index].size;
    return index;
  }

  void refuse_tag(const yaml_event_t& event, const yaml_char_t* tag) {
    if (tag == nullptr) return;
    constexpr std::string_view standard = "tag:yaml.org,2002:";
    std::string name = reinterpret_cast<const char*>(tag);
    if (name.starts_with(standard)) name.replace(0, standard.size(), "!!");
    note(event.start_mark, cat("tag '", shown(name), "' is not supported; remove it"));
  }

  void take_scalar(const yaml_event_t& event) {
    const auto& scalar = event.data.scalar;
    refuse_tag(event, scalar.tag);
    Document::Node node;
    node.quoted = scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node.first = static_cast<std::uint32_t>(document_.texts.size());
    node.size = static_cast<std::uint32_t>(scalar.length);
    document_.texts.append(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const std::uint32_t index = add(event, node);
    if (scalar.anchor != nullptr) anchors_[reinterpret_cast<const char*>(scalar.anchor)] = {index, 1, 0, true};
    grow(1, 0);
  }

  void take_alias(const yaml_event_t& event) {
    const std::string name = reinterpret_cast<const char*>(event.data.alias.anchor);
    const int line = line_of(event.start_mark);
    const int column = column_of(event.start_mark);
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) {
      stop({line, column, cat("alias '*", shown(name), "' has no anchor of that name before it")});
      return;
    }
    const Anchor& anchor = found->second;
    if (!anchor.complete) {
      stop({line, column, cat("alias '*", shown(name), "' lies within its own anchor and would never end")});
      return;
    }
    alias_nodes_ += anchor.weight;
    if (alias_nodes_ > max_alias_nodes) {
      stop({line, column, cat("aliases expand to more than ", max_alias_nodes, " values here; write them out")});
      return;
    }
    if (open_.size() + anchor.height > max_depth) {
      stop(too_deep(line, column));
      return;
    }
    Document::Node node;
    node.kind = Kind::alias;
    node.first = anchor.index;
    add(event, node);
    grow(anchor.weight, anchor.height);
  }

  static Problem too_deep(int line, int column) {
    return {line, column, cat("nested more than ", max_depth, " levels deep")};
  }

  void begin(const yaml_event_t& event, Kind kind, const yaml_char_t* anchor, const yaml_char_t* tag) {
    refuse_tag(event, tag);
    if (open_.size() >= max_depth) {
      stop(too_deep(line_of(event.start_mark), column_of(event.start_mark)));
      return;
    }
    Document::Node node;
    node.kind = kind;
    Open open;
    open.index = add(event, node);
    if (anchor != nullptr) {
      open.anchor = reinterpret_cast<const char*>(anchor);
      anchors_[open.anchor] = {open.index, 0, 0, false};
    }
    open_.push_back(std::move(open));
  }

  void end() {
    const Open closed = std::move(open_.back());
    open_.pop_back();
    Document::Node& node = document_.nodes[closed.index];
    if (node.kind == Kind::mapping) {
      node.size /= 2;  // children were counted, keys and values
      check_keys(Node(&document_, closed.index));
    }
    if (!closed.anchor.empty()) {
      // An inner anchor may have taken the name over in between.
      Anchor& anchor = anchors_[closed.anchor];
      if (anchor.index == closed.index) anchor = {closed.index, closed.weight, closed.height, true};
    }
    grow(closed.weight, closed.height);
  }

  /// A finished child of the innermost open container.
  void grow(std::uint64_t weight, std::uint32_t height) {
    if (open_.empty()) return;
    open_.back().weight += weight;
    open_.back().height = std::max(open_.back().height, height + 1);
  }

  void check_keys(const Node& mapping) {
    constexpr std::uint32_t few = 16;  // up to here comparing all is cheaper than hashing
    std::vector<Node>& seen = seen_keys_;
    seen.clear();
    std::unordered_map<std::string_view, Node> many;
    mapping.each_entry([&](Node key, Node) {
      if (!key.is_scalar()) {
        note(key, cat("a key must be one word, found a ", key.is_sequence() ? "list" : "mapping"));
        return;
      }
      const std::string_view text = key.text();
      if (text == "<<" && !key.quoted()) note(key, "merge keys ('<<') are not supported; write the fields out");
      std::optional<Node> first;
      if (mapping.size() <= few) {
        const auto same = std::find_if(seen.begin(), seen.end(), [&](const Node& node) { return node.text() == text; });
        if (same != seen.end()) first = *same;
        seen.push_back(key);
      } else if (const auto [place, added] = many.emplace(text, key); !added) {
        first = place->second;
      }
      if (first) note(key, cat("duplicate key '", shown(text), "' (first on line ", first->line(), ")"));
    });
  }

  std::string_view text_;
  yaml_parser_t parser_{};
  bool initialised_ = false;
  bool ended_ = false;
  bool broken_ = false;
  bool complete_ = false;
  Document document_;
  std::vector<Open> open_;
  std::map<std::string, Anchor, std::less<>> anchors_;
  std::uint64_t alias_nodes_ = 0;
  std::vector<Node> seen_keys_;
};

Stream::Stream(std::string_view text) : builder_(std::make_unique<Builder>(text)) {}
Stream::~Stream() = default;
std::optional<Node> Stream::next() {
  return builder_->next();
}
std::vector<Problem> Stream::take_problems() {
  return std::exchange(builder_->problems, {});
}
bool Stream::broken() const {
  return builder_->broken();
}

}  // namespace ballast::yaml
