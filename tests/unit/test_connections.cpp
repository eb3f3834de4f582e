// The kernel's table of connections: what is read from its text, and what `ballast connections` makes of it.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/report/connections_text.hpp"
#include "drivers/connection_table.hpp"

namespace {

using namespace ballast;

const std::string title = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n";
const std::string web_1 = "TCP 0A000063 B2F2 0A000064 0050 0A00000B 0050 ESTABLISHED     892\n";
const std::string web_2 = "TCP 0A000062 C001 0A000064 0050 0A00000C 0050 FIN_WAIT        113\n";
const std::string memory = "TCP 0A000063 0000 0A000064 0050 0A00000B 0050 ASSURED         295\n";
const std::string dns = "UDP 0A000063 0035 0A000064 0035 0A00000B 0035 UDP             299\n";
const std::string ipv6 =
    "TCP 2001:0db8:0000:0000:0000:0000:0000:0063 B2F2 2001:0db8:0000:0000:0000:0000:0000:0001 01BB "
    "2001:0db8:0000:0000:0000:0000:0000:000b 01BB SYN_RECV         59\n";
const std::string mark = "IP  0A000063 0000 00000007 0000 0A00000B 0000 NONE            300\n";
const std::string sip = "UDP 0A000063 13C4 0A000064 13C4 0A00000B 13C4 UDP             300 sip call 7\x1b[31m\n";

Result<ConnectionList> read(const std::string& text, ConnectionFilter filter = {}, std::size_t portion = 7) {
  ConnectionList list(std::move(filter));
  ConnectionReader reader([&](const ConnectionEntry& entry) { list.add(entry); });
  for (std::size_t i = 0; i < text.size(); i += portion) {
    if (auto taken = reader.take(std::string_view(text).substr(i, portion)); !taken) return taken.error();
  }
  if (auto finished = reader.finish(); !finished) return finished.error();
  list.finish();
  return Result<ConnectionList>(std::move(list));
}

std::string text_of(const std::string& table, ConnectionFilter filter = {}) {
  const auto list = read(table, std::move(filter));
  return list ? list->text() : "error: " + list.error().text;
}

std::string error_of(const std::string& table) {
  const auto list = read(table);
  return list ? "no error" : list.error().text;
}

ConnectionFilter only(std::string_view client, std::string_view server, std::string state = "") {
  ConnectionFilter filter;
  if (!client.empty()) filter.client = AddressFilter::parse(client);
  if (!server.empty()) filter.server = AddressFilter::parse(server);
  filter.state = std::move(state);
  return filter;
}

}  // namespace

TEST_CASE("connections: sorted by service, server and client, with a summary in front") {
  CHECK(text_of(title + web_2 + dns + web_1 + memory) ==
        "3 connections: 1 ESTABLISHED, 1 FIN_WAIT, 1 UDP, 1 remembered for persistence\n"
        "CLIENT           SERVICE            SERVER        EXPIRES  STATE\n"
        "10.0.0.99:53     udp 10.0.0.100:53  10.0.0.11:53    4m59s  UDP\n"
        "10.0.0.99        tcp 10.0.0.100:80  10.0.0.11:80    4m55s  ASSURED, persistence\n"
        "10.0.0.99:45810  tcp 10.0.0.100:80  10.0.0.11:80   14m52s  ESTABLISHED\n"
        "10.0.0.98:49153  tcp 10.0.0.100:80  10.0.0.12:80    1m53s  FIN_WAIT\n");
  CHECK(text_of(title + web_2 + web_1, only("10.0.0.99", ""))
            .starts_with("1 connection (of 2 entries in the table): 1 ESTABLISHED\n"));
  CHECK(text_of(title) == "no connections\n");
}

TEST_CASE("connections: IPv6, firewall marks, and what a persistence engine says, without what acts on a terminal") {
  CHECK(text_of(title + ipv6) ==
        "1 connection: 1 SYN_RECV\n"
        "CLIENT                SERVICE                SERVER             EXPIRES  STATE\n"
        "[2001:db8::63]:45810  tcp [2001:db8::1]:443  [2001:db8::b]:443      59s  SYN_RECV\n");
  CHECK(text_of(title + mark).find("10.0.0.99  fwmark 7  10.0.0.11:0    5m00s  NONE, persistence\n") !=
        std::string::npos);
  CHECK(text_of(title + sip).find("UDP, sip call 7?[31m\n") != std::string::npos);
}

TEST_CASE("connections: the same entry twice, as a changing table may print it, is one") {
  const auto list = read(title + web_1 + web_2 + web_1);
  REQUIRE(list.has_value());
  CHECK(list->size() == 2);
}

TEST_CASE("connections: filtered by client, server, network, port and state") {
  const std::string table = title + web_1 + web_2 + dns + ipv6;
  const auto count = [&](const ConnectionFilter& filter) {
    const auto list = read(table, filter);
    return list ? static_cast<int>(list->size()) : -1;
  };
  CHECK(count(only("10.0.0.99", "")) == 2);
  CHECK(count(only("10.0.0.99:53", "")) == 1);
  CHECK(count(only("10.0.0.0/24", "")) == 3);
  CHECK(count(only("2001:db8::/32", "")) == 1);
  CHECK(count(only("", "10.0.0.12")) == 1);
  CHECK(count(only("", "[2001:db8::b]:443")) == 1);
  CHECK(count(only("", "", "established")) == 1);
  CHECK(count(only("10.0.0.98", "10.0.0.11")) == 0);
  ConnectionFilter service;
  service.protocol = Protocol::tcp;
  service.virtual_address = AddressFilter::parse("10.0.0.100:80");
  CHECK(count(service) == 2);
  for (const char* wrong : {"", "web", "10.0.0.1:x", "10.0.0.0/33", "10.0.0.1:70000", "[10.0.0.1]:80"}) {
    CAPTURE(wrong);
    CHECK_FALSE(AddressFilter::parse(wrong).has_value());
  }
}

TEST_CASE("connections: a filter that nothing passes says what there is") {
  CHECK(text_of(title + web_1 + web_2, only("", "", "syn_sent")) ==
        "no such connection; in the table there are 1 ESTABLISHED, 1 FIN_WAIT\n");
}

TEST_CASE("connections: a line that is none is an error that names it") {
  CHECK(error_of("") == "the file is empty: it has not even a title");
  CHECK(error_of("hello\n") == "line 1: the title of a table of connections should stand here");
  CHECK(error_of(title + web_1 + "TCP 0A000063\n") == "line 3: the client port is missing");
  CHECK(error_of(title + "TCP 0A0000 B2F2 0A000064 0050 0A00000B 0050 NONE 1\n") ==
        "line 2: '0A0000' is no client address");
  CHECK(error_of(title + "TCP 0A000063 B2F22 0A000064 0050 0A00000B 0050 NONE 1\n") ==
        "line 2: 'B2F22' is no client port");
  CHECK(error_of(title + "TCP 0A000063 B2F2 0A000064 0050 0A00000B 0050 NONE soon\n") ==
        "line 2: 'soon' is no time of expiry");
  CHECK(error_of(title + "TCP 0A000063 B2F2 2001:db8::1 0050 0A00000B 0050 NONE 1\n") ==
        "line 2: '2001:db8::1' is no virtual address of the client's family");
  CHECK(error_of(title + web_1.substr(0, 40)) == "line 2: the file ends within it");
  CHECK(error_of(title + std::string(5000, 'x') + "\n") == "line 2: has more than 4096 bytes");
}

TEST_CASE("connections: the JSON has every field, and bytes that are no UTF-8 do not break it") {
  const std::string raw = "UDP 0A000063 13C4 0A000064 13C4 0A00000B 13C4 UDP 300 sip \xff\n";
  const auto list = read(title + web_1 + raw + mark);
  REQUIRE(list.has_value());
  const auto json = nlohmann::json::parse(list->json());
  CHECK(json["inTable"] == 3);
  REQUIRE(json["connections"].size() == 3);
  CHECK(json["connections"][0]["fwmark"] == 7);
  CHECK(json["connections"][0]["persistenceTemplate"] == true);
  CHECK(json["connections"][1] == nlohmann::json::parse(R"({"protocol": "TCP", "state": "ESTABLISHED",
    "client": {"address": "10.0.0.99", "port": 45810}, "virtual": {"address": "10.0.0.100", "port": 80},
    "server": {"address": "10.0.0.11", "port": 80}, "expiresSeconds": 892, "persistenceTemplate": false})"));
  CHECK(json["connections"][2]["persistenceEngine"] == "sip");
  CHECK(nlohmann::json::parse(read(title)->json())["connections"].empty());
}

TEST_CASE("connections: without IPVS the message says so") {
  const auto read = read_connections([](const ConnectionEntry&) {}, "/nonexistent/ip_vs_conn");
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().text.find("this kernel has no IPVS") != std::string::npos);
  CHECK(read.error().text.find("modprobe ip_vs") != std::string::npos);
}

TEST_CASE("connections: numbers with their thousands apart") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(1234567) == "1,234,567");
}
