// Every field of a health check, one table for each kind: name, meaning, default, limits.
#include "model/check_fields.hpp"

#include <charconv>

#include "model/program_fields.hpp"

namespace ballast {

namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t hour = 3600 * second;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t highest_port = 65535;

constexpr FieldOptions timeout_limits{.default_text = "5s", .minimum = 1, .maximum = hour};

template <class Kind, class Owner = Kind>
constexpr FieldInfo timeout_field() {
  return field<&Kind::timeout, Owner>("timeout", "How long an attempt may take, from the first packet to the last.",
                                      timeout_limits);
}

}  // namespace

template <>
inline constexpr auto words<HttpMethod> = std::to_array<Word<HttpMethod>>({{"GET", HttpMethod::get},
                                                                           {"HEAD", HttpMethod::head},
                                                                           {"OPTIONS", HttpMethod::options},
                                                                           {"POST", HttpMethod::post}});
template <>
inline constexpr auto words<DnsType> = std::to_array<Word<DnsType>>({{"A", DnsType::a},
                                                                     {"AAAA", DnsType::aaaa},
                                                                     {"NS", DnsType::ns},
                                                                     {"CNAME", DnsType::cname},
                                                                     {"SOA", DnsType::soa},
                                                                     {"MX", DnsType::mx},
                                                                     {"TXT", DnsType::txt},
                                                                     {"SRV", DnsType::srv}});
template <>
inline constexpr auto words<CheckPath> = std::to_array<Word<CheckPath>>({{"member", CheckPath::member},
                                                                         {"vip", CheckPath::vip}});

/// "200" or "300-399".
static bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, StatusRange& out) {
  if (!is_value(context, field, node, "a status like 200, or a range like 300-399")) return false;
  const std::string_view text = node.text();
  const auto parse = [](std::string_view digits, std::uint16_t& number) {
    return digits.size() == 3 && all_digits(digits) &&
           std::from_chars(digits.data(), digits.data() + digits.size(), number).ec == std::errc{} && number >= 100 &&
           number <= 599;
  };
  const std::size_t dash = std::min(text.find('-'), text.size());
  const bool range = dash < text.size();
  if (!parse(text.substr(0, dash), out.first) || (range && !parse(text.substr(dash + 1), out.last))) {
    return context.fail(node, cat(field.name, ": ", in_quotes(text),
                                  " is no status 100..599 like 200, and no range of them like 300-399"));
  }
  if (!range) out.last = out.first;
  return true;
}

namespace {

constexpr FieldInfo tcp_fields[] = {timeout_field<TcpCheck>()};
constexpr ObjectInfo tcp_info{"tcp", tcp_fields};

// http, https

constexpr FieldOptions digest_of(std::int64_t digits) {
  return {.minimum = digits, .maximum = digits, .type = FieldType::digest};
}

template <class Owner>
constexpr std::array request_fields{
    field<&HttpRequest::path, Owner>("path", "Path, and query, that is asked for.", {.default_text = "/"}),
    field<&HttpRequest::method, Owner>("method", "How it is asked for.", {.default_text = "GET"}),
    field<&HttpRequest::host, Owner>("host", "Host header, and the name in TLS.",
                                     {.default_text = "the member's address and port"}),
    field<&HttpRequest::status, Owner>("status", "Status codes that pass, and ranges of them.",
                                       {.default_text = "[200-299]", .min_items = 1, .type = FieldType::status}),
    field<&HttpRequest::body_matches, Owner>("bodyMatches", "Regular expression (RE2) found in the body."),
    field<&HttpRequest::body_contains, Owner>("bodyContains", "Text found in the body."),
    field<&HttpRequest::md5, Owner>("md5", "MD5 of the body.", digest_of(32)),
    field<&HttpRequest::sha256, Owner>("sha256", "SHA-256 of the body.", digest_of(64)),
};
constexpr ObjectInfo request_info{"url", request_fields<HttpRequest>};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<HttpRequest> = &request_info;

namespace {

/// What stands in the manifest: one request inline, or a list.
struct HttpText : HttpRequest {
  HttpCheck check;
  std::vector<HttpRequest> urls;
  TlsOptions tls;
};

template <auto Field>
constexpr FieldInfo http_check_field(std::string_view name, std::string_view doc, const FieldOptions& options) {
  FieldInfo info = field<Field>(name, doc, options);
  info.read = [](ReadContext& context, const FieldInfo& row, yaml::Node node, void* object) {
    return read_value(context, row, node, static_cast<HttpText*>(object)->check.*Field);
  };
  return info;
}

template <class... Infos>
constexpr auto with_http_fields(Infos... more) {
  std::array<FieldInfo, request_fields<HttpText>.size() + 4 + sizeof...(Infos)> all;
  std::size_t at = 0;
  for (const FieldInfo& each : request_fields<HttpText>) all[at++] = each;
  all[at++] =
      field<&HttpText::urls>("urls", "Several requests, all of which must pass, instead of one.", {.min_items = 1});
  all[at++] = http_check_field<&HttpCheck::timeout>("timeout", "How long all of it may take.", timeout_limits);
  all[at++] = http_check_field<&HttpCheck::keep_alive>("keepAlive", "Whether the connection stays for the next check.",
                                                       {.default_text = "false"});
  all[at++] = http_check_field<&HttpCheck::redirects>("redirects",
                                                      "How many redirections are followed, to the same server only.",
                                                      {.default_text = "0", .maximum = 10});
  ((all[at++] = more), ...);
  return all;
}

template <auto Field>
constexpr FieldInfo https_field(std::string_view name, std::string_view doc, const FieldOptions& options) {
  FieldInfo info = field<Field>(name, doc, options);
  info.read = [](ReadContext& context, const FieldInfo& row, yaml::Node node, void* object) {
    return read_value(context, row, node, static_cast<HttpText*>(object)->tls.*Field);
  };
  return info;
}

constexpr std::string_view verify_doc = "Whether the server's certificate must be valid.";
constexpr std::string_view ca_file_doc = "PEM file of the authorities that may have signed it.";
constexpr FieldOptions ca_file_options{.default_text = "the system's", .type = FieldType::path};
constexpr std::string_view server_name_doc = "Name in TLS, which is also verified.";

constexpr auto http_fields = with_http_fields();
constexpr ObjectInfo http_info{"http", http_fields};
constexpr auto https_fields = with_http_fields(
    https_field<&TlsOptions::verify>("verify", verify_doc, {.default_text = "false"}),
    https_field<&TlsOptions::ca_file>("caFile", ca_file_doc, ca_file_options),
    https_field<&TlsOptions::server_name>("serverName", server_name_doc, {.default_text = "the host"}));
constexpr ObjectInfo https_info{"https", https_fields};

bool is_request_field(std::string_view name) {
  return std::any_of(request_fields<HttpText>.begin(), request_fields<HttpText>.end(),
                     [&](const FieldInfo& field) { return field.name == name; });
}

template <const ObjectInfo* info>
bool read_http(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  if (node.is_null()) return wrong_type(context, field, node, "a mapping");
  HttpText text;
  if (!read_object(context, *info, node, &text)) return false;
  if (node.find("urls")) {
    bool both = false;
    node.each_entry([&](yaml::Node key, yaml::Node) {
      if (both || !key.is_scalar() || !is_request_field(key.text())) return;
      both = !context.fail(key, cat("'", key.text(), "' and 'urls' exclude each other; move it into an entry of urls"));
    });
    text.check.requests = std::move(text.urls);
  } else {
    text.check.requests.push_back(std::move(static_cast<HttpRequest&>(text)));
  }
  if (info == &https_info) text.check.tls = std::move(text.tls);
  static_cast<Check*>(object)->kind = std::move(text.check);
  return true;
}

// the others

constexpr FieldInfo script_fields[] = {
    command_field<MemberScriptCheck>(), shell_field<MemberScriptCheck>(), user_field<MemberScriptCheck>(),
    script_timeout_field<MemberScriptCheck>(),
    field<&MemberScriptCheck::dynamic_weight>(
        "dynamicWeight", "Whether exit status 2..255 passes, too, and sets the weight to the status less 2.",
        {.default_text = "false"})};
constexpr ObjectInfo script_info{"script", script_fields};

constexpr FieldInfo dns_fields[] = {
    timeout_field<DnsCheck>(),
    field<&DnsCheck::name>("name", "What is asked for.", {.default_text = "."}),
    field<&DnsCheck::type>("type", "Type of the records.", {.default_text = "SOA"}),
};
constexpr ObjectInfo dns_info{"dns", dns_fields};

constexpr FieldInfo smtp_fields[] = {
    timeout_field<SmtpCheck>(),
    field<&SmtpCheck::helo>("helo", "The name that greets.", {.default_text = "this host's"}),
};
constexpr ObjectInfo smtp_info{"smtp", smtp_fields};

bool read_hex(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string& out) {
  if (!is_value(context, field, node, "hexadecimal digits")) return false;
  const std::string_view text = node.text();
  if (text.size() % 2 != 0 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
    return context.fail(node, cat(field.name, ": ", in_quotes(text), " is not bytes in hexadecimal, two digits each"));
  }
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    out += static_cast<char>(byte);
  }
  return true;
}

bool read_bytes(ReadContext& context, const FieldInfo& field, yaml::Node node, std::string& out) {
  out.clear();
  if (field.type == FieldType::hex) return read_hex(context, field, node, out);
  return read_value(context, field, node, out);
}

bool read_payload(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  return read_bytes(context, field, node, static_cast<UdpCheck*>(object)->payload);
}

bool read_reply(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  return read_bytes(context, field, node, static_cast<UdpCheck*>(object)->reply.emplace());
}

constexpr FieldInfo udp_fields[] = {
    timeout_field<UdpCheck>(),
    field_by("payload", FieldType::text, "What is sent.", {.default_text = "nothing"}, read_payload),
    field_by("payloadHex", FieldType::hex, "The same in hexadecimal.", {}, read_payload),
    field_by(
        "reply", FieldType::text,
        "How the answer must begin; empty: any answer. Without it a dead host on the same network is noticed with a "
        "timeout above 3s only, as long as ARP takes.",
        {.default_text = "none is needed, but no ICMP error"}, read_reply),
    field_by("replyHex", FieldType::hex, "The same in hexadecimal.", {}, read_reply),
};
constexpr std::string_view payloads[] = {"payload", "payloadHex"};
constexpr std::string_view replies[] = {"reply", "replyHex"};
constexpr Choice udp_choices[] = {{payloads, false}, {replies, false}};
constexpr ObjectInfo udp_info{"udp", udp_fields, udp_choices};

constexpr FieldInfo ping_fields[] = {timeout_field<PingCheck>()};
constexpr ObjectInfo ping_info{"ping", ping_fields};

constexpr FieldInfo tls_fields[] = {
    field<&TlsOptions::verify>("verify", verify_doc, {.default_text = "false"}),
    field<&TlsOptions::ca_file>("caFile", ca_file_doc, ca_file_options),
    field<&TlsOptions::server_name>("serverName", server_name_doc),
};
constexpr ObjectInfo tls_info{"tls", tls_fields};

}  // namespace

template <>
inline constexpr const ObjectInfo* object_info<TlsOptions> = &tls_info;

namespace {

constexpr FieldInfo grpc_fields[] = {
    timeout_field<GrpcCheck>(),
    field<&GrpcCheck::service>("service", "Whose health is asked for; empty: the server's as a whole.", {}),
    field<&GrpcCheck::tls>("tls", "Encrypts; {} for defaults. Where absent: cleartext with prior knowledge."),
};
constexpr ObjectInfo grpc_info{"grpc", grpc_fields};

template <class Kind, const ObjectInfo* info>
bool read_check_kind(ReadContext& context, const FieldInfo& field, yaml::Node node, void* object) {
  if (node.is_null()) return wrong_type(context, field, node, "a mapping");
  Kind value;
  if constexpr (requires { value.origin; }) value.origin = context.origin(node);
  if (!read_object(context, *info, node, &value)) return false;
  if constexpr (std::is_same_v<Kind, UdpCheck>) {
    for (const Choice& choice : udp_choices) {
      const auto hex = node.find(choice.fields.back());
      if (hex && node.find(choice.fields.front())) {
        context.fail(
            *hex, cat(choice.fields.front(), " and ", choice.fields.back(), " exclude each other; remove one of them"));
      }
    }
  }
  static_cast<Check*>(object)->kind = std::move(value);
  return true;
}

constexpr FieldInfo kind_field(const ObjectInfo* info, std::string_view doc,
                               bool (*read)(ReadContext&, const FieldInfo&, yaml::Node, void*)) {
  FieldInfo row = field_by(info->name, FieldType::object, doc, {}, read);
  row.nested = info;
  return row;
}

constexpr FieldInfo check_fields[] = {
    kind_field(&tcp_info, "Connects to the member's address and port.", read_check_kind<TcpCheck, &tcp_info>),
    kind_field(&http_info, "Asks by HTTP.", read_http<&http_info>),
    kind_field(&https_info, "Asks by HTTP over TLS.", read_http<&https_info>),
    kind_field(&script_info, "Runs a program, which exits with 0.", read_check_kind<MemberScriptCheck, &script_info>),
    kind_field(&dns_info, "Asks a name server.", read_check_kind<DnsCheck, &dns_info>),
    kind_field(&smtp_info, "Greets a mail server.", read_check_kind<SmtpCheck, &smtp_info>),
    kind_field(&udp_info, "Sends a datagram.", read_check_kind<UdpCheck, &udp_info>),
    kind_field(&ping_info, "Sends an ICMP echo request.", read_check_kind<PingCheck, &ping_info>),
    kind_field(&grpc_info, "Asks grpc.health.v1.Health.", read_check_kind<GrpcCheck, &grpc_info>),
    field<&Check::interval>("interval", "Time between the beginnings of two rounds.",
                            {.default_text = "10s", .minimum = 100, .maximum = day}),
    field<&Check::retries>("retries", "Further attempts before a round has failed.",
                           {.default_text = "1", .maximum = 100}),
    field<&Check::retry_delay>("retryDelay", "Time before each further attempt.",
                               {.default_text = "1s", .maximum = day}),
    field<&Check::rise>("rise", "Rounds passed in a row that bring a member back.",
                        {.default_text = "1", .minimum = 1, .maximum = 1000}),
    field<&Check::fall>("fall", "Rounds failed in a row that take a member out.",
                        {.default_text = "1", .minimum = 1, .maximum = 1000}),
    field<&Check::warmup>("warmup", "The first rounds are spread over this time.",
                          {.default_text = "the interval", .maximum = day}),
    field<&Check::source>("source", "Address of this node that probes come from.",
                          {.default_text = "the kernel's choice"}),
    field<&Check::address>("address", "Checked instead of the member's.", {.default_text = "the member's"}),
    field<&Check::port>("port", "Checked instead of the member's.",
                        {.default_text = "the member's", .minimum = 1, .maximum = highest_port}),
    field<&Check::mark>("mark", "Firewall mark of the probes; 0: none.", {.default_text = "0"}),
    field<&Check::via>("via", "vip: asks the VIP through the member, as a client's packet would go (DR and TUN).",
                       {.default_text = "member"}),
};

constexpr std::string_view check_kinds[] = {"tcp", "http", "https", "script", "dns", "smtp", "udp", "ping", "grpc"};
constexpr Choice check_choices[] = {{check_kinds}};

bool is_check_kind(std::string_view name) {
  return std::find(std::begin(check_kinds), std::end(check_kinds), name) != std::end(check_kinds);
}

std::string kind_names() {
  std::string names;
  for (const std::string_view kind : check_kinds) {
    names += cat(names.empty() ? "" : kind == std::end(check_kinds)[-1] ? " and " : ", ", "'", kind, "'");
  }
  return names;
}

}  // namespace

constexpr ObjectInfo check_info{"check", check_fields, check_choices};

bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, Check& out) {
  if (node.is_null()) return wrong_type(context, field, node, "a mapping");
  out.origin = context.origin(node);
  if (!read_object(context, check_info, node, &out)) return false;
  std::size_t kinds_given = 0;
  std::size_t unknown = 0;
  node.each_entry([&](yaml::Node key, yaml::Node) {
    const auto row = std::find_if(std::begin(check_fields), std::end(check_fields),
                                  [&](const FieldInfo& each) { return key.is_scalar() && each.name == key.text(); });
    if (row == std::end(check_fields)) {
      ++unknown;
    } else if (is_check_kind(row->name) && ++kinds_given == 2) {
      context.fail(key, cat("a check has one of ", kind_names(), "; write an entry for each"));
    }
  });
  if (kinds_given == 0 && unknown == 0) context.fail(node, cat("a check needs one of ", kind_names()));
  if (kinds_given == 0) context.lose_value();  // its name may be misspelt, which has been said
  return kinds_given == 1;
}

}  // namespace ballast
