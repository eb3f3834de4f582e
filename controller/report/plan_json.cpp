// One object a line, written as it goes: a plan may have 100,000 changes.
#include <nlohmann/json.hpp>

#include "controller/report/fields.hpp"
#include "controller/report/plan_text.hpp"

namespace ballast {
namespace {

using json = nlohmann::ordered_json;

json fields_json(const Fields& fields) {
  json object = json::object();
  for (const auto& [name, text] : fields) object[name] = text;
  return object;
}

class Writer {
 public:
  explicit Writer(const Observation& observed) : observed_(observed) {}

  template <class Key, class Value>
  void write(Kind kind, const Changes<Key, Value>& changes) {
    for (const auto& change : changes) write_one(kind, change);
  }

  template <class Key, class Value>
  void write_one(Kind kind, const Change<Key, Value>& change) {
    json object = {{"kind", text_of(kind)}, {"verb", text_of(change.verb)}, {"object", object_text(change.key)}};
    if (change.before) object["before"] = fields_json(fields_of(change.key, *change.before));
    if (change.after) object["after"] = fields_json(fields_of(change.key, *change.after));
    if (change.origin.known()) object["manifest"] = change.origin.text();
    if (change.origin.object() != nullptr) object["wantedBy"] = *change.origin.object();
    if (const std::string_view why = unwanted_why(change); !why.empty()) object["why"] = why;
    if constexpr (std::is_same_v<Key, DestinationKey>) {
      if (change.verb != Verb::add) add_connections(object, change.key);
    }
    // Bytes that are no UTF-8 (an interface's name can have any) are replaced, never thrown on.
    if (!text_.empty()) text_ += ",\n";
    text_ += "    " + object.dump(-1, ' ', false, json::error_handler_t::replace);
    if constexpr (std::is_same_v<Value, Service>) {
      if (change.verb == Verb::remove) write_lost(change.key);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  void add_connections(json& object, const DestinationKey& key) const {
    const auto found = observed_.connections.find(key);
    const Connections connections = found == observed_.connections.end() ? Connections{} : found->second;
    object["connections"] = {
        {"active", connections.active}, {"inactive", connections.inactive}, {"persistent", connections.persistent}};
  }

  /// The destinations that go with a removed service.
  void write_lost(const ServiceKey& key) {
    const auto& destinations = observed_.state.destinations;
    for (auto i = destinations.lower_bound({key, {}, 0}); i != destinations.end() && i->first.service == key; ++i) {
      write_one(Kind::destination,
                Change<DestinationKey, Destination>{Verb::remove, i->first, i->second.value, std::nullopt, {}, false});
    }
  }

  const Observation& observed_;
  std::string text_;
};

template <class Items, class Make>
std::string list_json(const Items& items, Make make) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += ",\n";
    text += "    " + make(item).dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return text.empty() ? "[]" : "[\n" + text + "\n  ]";
}

}  // namespace

std::string plan_json(const Plan& plan, const Observation& observed) {
  Writer writer(observed);
  for_each_kind([&](Kind kind, auto changes, auto) { writer.write(kind, plan.*changes); });
  const std::string changes = writer.take();
  std::string text = "  \"changes\": " + (changes.empty() ? "[]" : "[\n" + changes + "\n  ]");
  text += ",\n  \"warnings\": " + list_json(plan.warnings, [](const Warning& warning) {
            return json{{"manifest", warning.origin.text()}, {"text", warning.text}};
          });
  text += ",\n  \"foreign\": " + list_json(plan.foreign, [](const Foreign& foreign) {
            return json{{"object", foreign.object}, {"detail", foreign.detail}};
          });
  return text;
}

}  // namespace ballast
