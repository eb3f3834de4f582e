// The packet filter's table in memory. Tests change `table` as somebody else would.
#pragma once

#include "drivers/kernel.hpp"

namespace ballast {

class FakePacketFilter : public PacketFilter {
 public:
  Result<PacketTable> read() override {
    ++reads;
    if (!trouble.text.empty()) return trouble;
    return table;
  }

  Result<void> write(const PacketRulesMap& rules) override {
    ++commands;
    if (!trouble.text.empty()) return trouble;
    table.present = !rules.empty();
    table.rules = rules;
    for (auto& [key, each] : table.rules) each.damaged = false;
    return {};
  }

  /// As `nft flush ruleset` by somebody else.
  void flush() { table = {}; }
  /// As somebody else who adds a rule of his own.
  void damage() {
    for (auto& [key, each] : table.rules) each.damaged = true;
  }

  PacketTable table;
  Error trouble;     ///< with a text: of all that is asked
  int reads = 0;     ///< how often it was asked for
  int commands = 0;  ///< how often it was written, or tried to be
};

}  // namespace ballast
