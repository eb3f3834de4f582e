#include "controller/report/service_name.hpp"

namespace ballast {

std::string service_name(const ServiceKey& key) {
  std::string name;
  for (const char c : key.text()) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (plain) {
      name += c;
    } else if (c == 'I' || c == 'P' || c == 'v') {
      name += static_cast<char>(c | 0x20);
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

}  // namespace ballast
