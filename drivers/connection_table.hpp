// The kernel's table of IPVS connections, as /proc/net/ip_vs_conn prints it (net/netfilter/ipvs/ip_vs_conn.c).
//
// The file may have millions of lines: it is read in portions and each connection handed on, nothing is kept. While it
// is read the table changes, so that a connection may come twice or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "model/ip.hpp"
#include "model/result.hpp"

namespace ballast {

/// Its texts live as long as the call that hands it on.
struct ConnectionEntry {
  std::string_view protocol;  ///< the kernel's word: "TCP"; "IP" of what persistence remembers of a firewall mark
  IpAddress client;
  std::uint16_t client_port = 0;
  IpAddress virtual_address;
  std::uint16_t virtual_port = 0;
  IpAddress server;
  std::uint16_t server_port = 0;
  std::string_view state;  ///< the kernel's word: "ESTABLISHED"
  std::uint32_t expires_seconds = 0;
  std::string_view engine;       ///< persistence engine; mostly empty
  std::string_view engine_data;  ///< as it came: any bytes

  /// No connection, but what persistence remembers of a client.
  [[nodiscard]] bool is_template() const { return client_port == 0; }
  /// Of a firewall mark's template, which has it in place of an address; else 0.
  [[nodiscard]] std::uint32_t fwmark() const;
};

/// One line without its newline, not the title.
Result<ConnectionEntry> parse_connection(std::string_view line);

/// Takes a file's bytes in portions of any size; errors name the line.
class ConnectionReader {
 public:
  explicit ConnectionReader(std::function<void(const ConnectionEntry&)> visit) : visit_(std::move(visit)) {}

  Result<void> take(std::string_view bytes);
  /// The end of the file.
  Result<void> finish();

 private:
  Result<void> take_line(std::string_view line);

  std::function<void(const ConnectionEntry&)> visit_;
  std::string begun_;  ///< a line of which the end has not come
  std::size_t lines_ = 0;
};

/// Errors: there is no IPVS here, the file may not be read, or has a line that is none.
Result<void> read_connections(const std::function<void(const ConnectionEntry&)>& visit,
                              const std::string& path = "/proc/net/ip_vs_conn");

}  // namespace ballast
