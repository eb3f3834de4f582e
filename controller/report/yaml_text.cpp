#include "controller/report/yaml_text.hpp"

#include <cassert>

#include <yaml.h>

namespace ballast {
namespace {

using json = nlohmann::ordered_json;

int append(void* text, unsigned char* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(reinterpret_cast<const char*>(bytes), size);
  return 1;
}

class Emitter {
 public:
  Emitter() {
    yaml_emitter_initialize(&emitter_);
    yaml_emitter_set_output(&emitter_, append, &text_);
    yaml_emitter_set_unicode(&emitter_, 1);
    yaml_emitter_set_width(&emitter_, -1);
    yaml_stream_start_event_initialize(&event_, YAML_UTF8_ENCODING);
    emit();
  }
  ~Emitter() { yaml_emitter_delete(&emitter_); }
  Emitter(const Emitter&) = delete;
  Emitter& operator=(const Emitter&) = delete;

  void document(const json& value) {
    yaml_document_start_event_initialize(&event_, nullptr, nullptr, nullptr, first_ ? 1 : 0);
    first_ = false;
    emit();
    node(value, false);
    yaml_document_end_event_initialize(&event_, 1);
    emit();
  }

  std::string finish() {
    yaml_stream_end_event_initialize(&event_);
    emit();
    yaml_emitter_flush(&emitter_);
    return std::move(text_);
  }

 private:
  void emit() { yaml_emitter_emit(&emitter_, &event_); }

  void node(const json& value, bool in_list) {
    if (value.is_object()) {
      yaml_mapping_start_event_initialize(&event_, nullptr, nullptr, 1,
                                          in_list ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE);
      emit();
      for (const auto& [name, item] : value.items()) {
        scalar(name, false);
        node(item, in_list);
      }
      yaml_mapping_end_event_initialize(&event_);
      emit();
    } else if (value.is_array()) {
      const bool flat = value.empty() || !value.front().is_object();
      yaml_sequence_start_event_initialize(&event_, nullptr, nullptr, 1,
                                           flat ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE);
      emit();
      for (const json& item : value) node(item, true);
      yaml_sequence_end_event_initialize(&event_);
      emit();
    } else if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      const bool like_a_keyword = text.empty() || text == "true" || text == "false" || text == "null" || text == "~";
      scalar(text, like_a_keyword);
    } else {
      scalar(value.dump(), false);
    }
  }

  void scalar(const std::string& text, bool quote) {
    yaml_scalar_event_initialize(&event_, nullptr, nullptr, reinterpret_cast<const yaml_char_t*>(text.data()),
                                 static_cast<int>(text.size()), 1, 1,
                                 quote ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE);
    emit();
  }

  yaml_emitter_t emitter_{};
  yaml_event_t event_{};
  std::string text_;
  bool first_ = true;
};

}  // namespace

std::string yaml_text(const std::vector<json>& documents) {
  Emitter emitter;
  for (const json& document : documents) emitter.document(document);
  return emitter.finish();
}

}  // namespace ballast
