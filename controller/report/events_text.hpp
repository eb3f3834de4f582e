// `ballast events` for people: one line for each change, as greppable as a log.
#pragma once

#include <string>

#include "controller/http/change_event.hpp"
#include "controller/report/terminal.hpp"

namespace ballast {

/// "2026-11-21T10:00:00.250Z  drift     ~ destination 10.0.0.11:80 of tcp 192.0.2.1:80: weight: 7 -> 3 (web.yaml:41)"
std::string event_text(const http::ChangeEvent& event, const Palette& palette);

}  // namespace ballast
