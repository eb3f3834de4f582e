// Rows of the field tables that are common to all programs of the operator's: command, shell, user.
#pragma once

#include "model/read_object.hpp"

namespace ballast {

template <class Owner>
bool read_command(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  Program& program = *static_cast<Owner*>(object);
  program.one_text = node.is_scalar() && !node.is_null();
  if (program.one_text) return read_value(context, field, node, program.command.emplace_back());
  return read_value(context, field, node, program.command);
}

template <class Owner>
constexpr FieldInfo command_field() {
  FieldInfo info =
      field_by("command", FieldType::text, "The program's absolute path and its arguments; with shell: true one text.",
               {.required = true}, read_command<Owner>);
  info.shape = FieldShape::one_or_list;
  info.min_items = 1;
  return info;
}

template <class Owner>
constexpr FieldInfo shell_field() {
  return field<&Program::shell, Owner>("shell", "Whether /bin/sh runs the command, which is then one text.",
                                       {.default_text = "false"});
}

template <class Owner>
constexpr FieldInfo user_field() {
  return field<&Program::user, Owner>("user", "Whom it runs as.", {.default_text = "an unprivileged user"});
}

template <class Owner>
constexpr FieldInfo script_timeout_field() {
  constexpr std::int64_t hour = 3'600'000;
  return field<&ScriptCheck::timeout, Owner>("timeout",
                                             "How long it may run before it is killed, which counts as failed.",
                                             {.default_text = "1s", .minimum = 1, .maximum = hour});
}

}  // namespace ballast
