// Every field of a VirtualRouter, one table for each object: name, meaning, default, limits.
#include "model/router_fields.hpp"

#include "model/program_fields.hpp"

namespace ballast {

namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t day = std::int64_t{24} * 3600 * second;

constexpr FieldOptions optional_interface{.type = FieldType::interface};

}  // namespace

template <>
inline constexpr auto words<AuthenticationType> =
    std::to_array<Word<AuthenticationType>>({{"PASS", AuthenticationType::pass}, {"AH", AuthenticationType::ah}});
template <>
inline constexpr auto words<InitialState> = std::to_array<Word<InitialState>>({{"unknown", InitialState::unknown},
                                                                               {"passed", InitialState::passed},
                                                                               {"failed", InitialState::failed}});

// Nested objects come before those that hold them.

namespace {

constexpr FieldInfo address_fields[] = {
    field<&VirtualAddress::address>("address", "The VIP with the prefix length of its network.", {.required = true}),
    field<&VirtualAddress::interface>("interface", "Where it is held.",
                                      {.default_text = "the router's", .type = FieldType::interface}),
    field<&VirtualAddress::label>("label", "Name in ifconfig's style, '<interface>:<word>'; IPv4 only."),
    field<&VirtualAddress::advertised>("advertised", "false: held, but left out of the packets, which are full at 255.",
                                       {.default_text = "true"}),
};
constexpr ObjectInfo virtual_address_info{.name = "address", .fields = address_fields, .first_alone = true};

constexpr FieldInfo router_fields[] = {
    field<&Router::node>("node", "The node's name.", {.required = true, .type = FieldType::name}),
    field<&Router::priority>("priority", "Higher wins the election; 255 is the owner of the addresses.",
                             {.default_text = "100", .minimum = 1, .maximum = 255}),
    field<&Router::interface>("interface", "Overrides the VirtualRouter's interface on this node.", optional_interface),
    field<&Router::source>("source", "Advertisements come from this address of the node's; needed with unicast.",
                           {.default_text = "the interface's primary address, for IPv6 its link-local one"}),
};
constexpr ObjectInfo router_info{"router", router_fields};

constexpr FieldInfo authentication_fields[] = {
    field<&GroupAuthentication::type>("type", "PASS sends the password in clear, AH a digest made with it.",
                                      {.required = true}),
    field<&GroupAuthentication::password>("password", "1 to 8 bytes, equal on all routers of the group.",
                                          {.minimum = 1, .maximum = longest_vrrp_password}),
    field<&GroupAuthentication::password_file>("passwordFile", "A file that holds it, instead of 'password'.",
                                               {.type = FieldType::path}),
};
constexpr std::string_view password_or_file[] = {"password", "passwordFile"};
constexpr Choice authentication_choices[] = {{password_or_file}};
constexpr ObjectInfo authentication_info{"authentication", authentication_fields, authentication_choices};

/// What stands there may be the password, so it is not quoted.
bool read_authentication(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  if (!node.is_mapping()) {
    return context.fail(node, cat(field.name, ": expected a mapping with 'type' and 'password' or 'passwordFile'"));
  }
  auto& value = static_cast<VirtualRouter*>(object)->authentication.emplace();
  value.origin = context.origin(node);
  return read_object(context, authentication_info, node, &value);
}

constexpr FieldInfo authentication_field() {
  FieldInfo info = field_by("authentication", FieldType::object, "How VRRPv2 routers know one another; version 2 only.",
                            {}, read_authentication);
  info.nested = &authentication_info;
  return info;
}

constexpr FieldInfo notify_fields[] = {command_field<Program>(), shell_field<Program>(), user_field<Program>()};
constexpr ObjectInfo notify_info{"notify", notify_fields};

constexpr FieldInfo script_fields[] = {command_field<ScriptCheck>(), shell_field<ScriptCheck>(),
                                       user_field<ScriptCheck>(), script_timeout_field<ScriptCheck>()};
constexpr ObjectInfo script_info{"script", script_fields};

constexpr FieldInfo announce_fields[] = {
    field<&Announcements::count>("count", "Packets for each VIP on taking over.",
                                 {.default_text = "5", .minimum = 1, .maximum = 100}),
    field<&Announcements::delay>("delay", "All of them once more after this time; 0s: not.",
                                 {.default_text = "5s", .maximum = 1000 * second}),
    field<&Announcements::refresh>("refresh", "Time between repetitions while MASTER, 1s at least; 0s: none.",
                                   {.default_text = "0s", .maximum = day}),
    field<&Announcements::refresh_count>("refreshCount", "Packets for each VIP at each repetition.",
                                         {.default_text = "1", .minimum = 1, .maximum = 100}),
    field<&Announcements::pacing>("pacing", "Time between two packets, for switches that many at once overwhelm.",
                                  {.default_text = "0ms", .maximum = second}),
};
constexpr ObjectInfo announce_info{"announce", announce_fields};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<VirtualAddress> = &virtual_address_info;
template <>
inline constexpr const ObjectInfo* object_info<Router> = &router_info;
template <>
inline constexpr const ObjectInfo* object_info<Program> = &notify_info;
template <>
inline constexpr const ObjectInfo* object_info<ScriptCheck> = &script_info;
template <>
inline constexpr const ObjectInfo* object_info<Announcements> = &announce_info;

/// An address by itself, or an object.
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, VirtualAddress& out) {
  if (!node.is_mapping()) return read_value(context, field, node, out.address);
  return read_object(context, virtual_address_info, node, &out) && out.address.origin.known();
}

namespace {

constexpr FieldInfo track_fields[] = {
    field<&Track::interface>("interface", "Passes while this interface is up.", optional_interface),
    field<&Track::script>("script", "Passes while this program exits with 0."),
    field<&Track::process>("process", "Passes while a process of this name runs."),
    field<&Track::file>("file", "Passes while this file exists.", {.type = FieldType::path}),
    field<&Track::weight>("weight",
                          "Added to the priority: above 0 while it passes, below 0 while it fails; 0: FAULT while it "
                          "fails.",
                          {.default_text = "0", .minimum = -253, .maximum = 253}),
    field<&Track::interval>("interval", "Time between two checks; not of an interface.",
                            {.default_text = "1s", .minimum = 10, .maximum = day}),
    field<&Track::rise>("rise", "Results in a row that make it pass; not of an interface.",
                        {.default_text = "1", .minimum = 1, .maximum = 1000}),
    field<&Track::fall>("fall", "Results in a row that make it fail; not of an interface.",
                        {.default_text = "1", .minimum = 1, .maximum = 1000}),
    field<&Track::initial>("initial",
                           "What counts before: unknown is failed until the first result, which decides alone; not of "
                           "an interface.",
                           {.default_text = "unknown"}),
};
constexpr std::string_view tracked[] = {"interface", "script", "process", "file"};
constexpr Choice track_choices[] = {{tracked}};
constexpr ObjectInfo track_info{"track", track_fields, track_choices};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<Track> = &track_info;

namespace {

constexpr FieldInfo virtual_router_fields[] = {
    field<&VirtualRouter::virtual_router_id>("virtualRouterId", "VRID, equal on all routers of the group.",
                                             {.required = true, .minimum = 1, .maximum = 255}),
    field<&VirtualRouter::interface>("interface", "Where advertisements are sent and addresses are held.",
                                     optional_interface),
    field<&VirtualRouter::version>("version", "VRRP version; 2 to share the group with VRRPv2 peers.",
                                   {.default_text = "3", .minimum = 2, .maximum = 3}),
    field<&VirtualRouter::advertisement_interval>(
        "advertisementInterval", "Time between the MASTER's advertisements; whole seconds in version 2.",
        {.default_text = "1s", .minimum = 1, .maximum = 255 * second}),
    field<&VirtualRouter::preempt>("preempt", "Whether a router of higher priority takes over from a lower one.",
                                   {.default_text = "true"}),
    field<&VirtualRouter::preempt_delay>("preemptDelay",
                                         "How long a router endures a MASTER of lower priority before it preempts.",
                                         {.default_text = "0s", .maximum = 1000 * second}),
    field<&VirtualRouter::addresses>("addresses", "The VIPs: each as address/prefix length, or as an object.",
                                     {.required = true, .min_items = 1}),
    field<&VirtualRouter::routers>("routers", "The nodes of the group.", {.required = true, .min_items = 1}),
    authentication_field(),
    field<&VirtualRouter::unicast>("unicast", "Whether routers send to one another's 'source', not by multicast.",
                                   {.default_text = "false"}),
    field<&VirtualRouter::sync_group>("syncGroup", "VirtualRouters with the same word here change roles together.",
                                      {.type = FieldType::name}),
    field<&VirtualRouter::virtual_mac>(
        "virtualMac", "Whether the VIPs answer with the group's MAC (00:00:5e:00:01:VRID), on a device of its own.",
        {.default_text = "false"}),
    field<&VirtualRouter::announce>("announce", "Gratuitous ARP or neighbour advertisements of a new MASTER."),
    field<&VirtualRouter::track>("track", "What the priority depends on.", {.min_items = 1}),
    field<&VirtualRouter::notify>("notify", "A program that is run at each change of role."),
};

}  // namespace

constexpr ObjectInfo virtual_router_info{"VirtualRouter", virtual_router_fields};

}  // namespace ballast
