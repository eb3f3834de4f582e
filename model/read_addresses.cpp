// Addresses, prefixes and netmasks, read strictly: no host names, no zones, no leading zeros.
#include "model/read_values.hpp"

namespace ballast {

bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, IpAddress& out) {
  if (!is_value(context, field, node, "an IP address")) return false;
  const auto parsed = IpAddress::parse(node.text());
  if (!parsed) {
    const bool prefix = Prefix::parse(node.text()).has_value();
    return context.fail(node, cat(field.name, ": ", in_quotes(node.text()), " is not an IP address",
                                  prefix ? "; leave the prefix length out" : ""));
  }
  out = *parsed;
  return true;
}

bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, Prefix& out) {
  if (!is_value(context, field, node, "an IP address with its prefix length")) return false;
  const std::string_view text = node.text();
  const auto parsed = Prefix::parse(text);
  const std::string_view length = text.substr(std::min(text.find('/'), text.size()));  // with its slash
  const bool plain = length.empty() || (all_digits(length.substr(1)) && (length.size() == 2 || length[1] != '0'));
  if (!parsed || !plain) {
    const auto address = IpAddress::parse(text.substr(0, text.find('/')));
    const std::string why = address ? cat("has a prefix length that is not a plain number 1..", address->bits())
                                    : "is not an IP address with a prefix length, like 192.0.2.10/24";
    return context.fail(node, cat(field.name, ": ", in_quotes(text), " ", why));
  }
  out = *parsed;
  return true;
}

bool read_granularity(ReadContext& context, const FieldInfo& field, yaml::Node node, std::uint32_t& out,
                      Family& family) {
  constexpr std::string_view expected = "a netmask like 255.255.255.0, or for IPv6 a prefix length 1..128";
  if (!is_value(context, field, node, expected)) return false;
  if (all_digits(node.text()) || node.text().starts_with('-')) {
    std::int64_t length = 0;
    FieldInfo ranged = field;
    ranged.minimum = 1;
    ranged.maximum = 128;
    if (!read_integer(context, ranged, node, length)) return false;
    family = Family::ipv6;
    out = static_cast<std::uint32_t>(length);
    return true;
  }
  const auto mask = IpAddress::parse(node.text());
  if (!mask || !mask->is_ipv4()) return wrong_type(context, field, node, expected);
  const auto& bytes = mask->bytes();
  const std::uint32_t value = std::uint32_t{bytes[0]} << 24U | std::uint32_t{bytes[1]} << 16U |
                              std::uint32_t{bytes[2]} << 8U | std::uint32_t{bytes[3]};
  if (value == 0)
    return context.fail(
        node, cat(field.name, ": 0.0.0.0 would make all clients one; write 255.255.255.255 for each by itself"));
  if ((~value & (~value + 1)) != 0) {
    return context.fail(node, cat(field.name, ": ", in_quotes(node.text()), " is not a netmask (host bits are set)"));
  }
  family = Family::ipv4;
  out = value;
  return true;
}

}  // namespace ballast
