// What `ballast doctor` found, for people and for machines: the same content.
#pragma once

#include <string>
#include <vector>

#include "controller/doctor/finding.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

struct Diagnosis {
  std::string node;
  std::string role;      ///< "director and real server"
  std::string manifest;  ///< where it came from; empty: none
  doctor::Findings findings;
  std::vector<std::string> looked_at;
  std::vector<std::string> not_looked_at;
};

std::string diagnosis_text(const Diagnosis& diagnosis, const Palette& palette);
std::string diagnosis_json(const Diagnosis& diagnosis);

}  // namespace ballast
