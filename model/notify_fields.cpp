// Every field of `notify` of VirtualService and Director.
#include "model/notify_fields.hpp"

#include "model/program_fields.hpp"

namespace ballast {

namespace {

constexpr FieldInfo script_fields[] = {command_field<Program>(), shell_field<Program>(), user_field<Program>()};
constexpr ObjectInfo script_info{"script", script_fields};

constexpr FieldInfo email_fields[] = {
    field<&Email::to>("to", "Who gets it.", {.required = true, .min_items = 1}),
    field<&Email::from>("from", "The sender's address.", {.required = true}),
    field<&Email::server>("server", "Mail server as host:port; 25 without a port.", {.required = true}),
    field<&Email::timeout>("timeout", "How long sending may take.",
                           {.default_text = "5s", .minimum = 1, .maximum = 3'600'000}),
};
constexpr ObjectInfo email_info{"email", email_fields};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<Program> = &script_info;
template <>
inline constexpr const ObjectInfo* object_info<Email> = &email_info;

namespace {

template <class Owner>
constexpr FieldInfo script_field() {
  return field<&ServiceNotify::script, Owner>("script", "A program that is run at each event.");
}
template <class Owner>
constexpr FieldInfo webhook_field() {
  return field<&ServiceNotify::webhook, Owner>("webhook", "http or https URL that gets each event as a POST of JSON.");
}

constexpr FieldInfo service_fields[] = {script_field<ServiceNotify>(), webhook_field<ServiceNotify>()};
constexpr FieldInfo node_fields[] = {script_field<NodeNotify>(), webhook_field<NodeNotify>(),
                                     field<&NodeNotify::email>("email", "Who gets the events by e-mail.")};

}  // namespace

constexpr ObjectInfo service_notify_info{"notify", service_fields};
constexpr ObjectInfo node_notify_info{"notify", node_fields};

}  // namespace ballast
