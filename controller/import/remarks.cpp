#include "controller/import/remarks.hpp"

#include <algorithm>

#include "model/report.hpp"

namespace ballast::keepalived {

std::string_view text_of(RemarkKind kind) {
  switch (kind) {
    case RemarkKind::lost:
      return "not carried over";
    case RemarkKind::needless:
      return "not needed";
    case RemarkKind::changed:
      return "changed";
    case RemarkKind::repaired:
      return "repaired by keepalived";
    case RemarkKind::contradiction:
      return "contradiction";
    case RemarkKind::unknown:
      return "unknown";
    case RemarkKind::error:
      break;
  }
  return "error";
}

std::string Remark::line() const {
  return cat(origin.known() ? origin.line_text() + ": " : "", text_of(kind), ": ", text);
}

void Remarks::add(RemarkKind kind, const Origin& origin, std::string text) {
  errors_ = errors_ || kind == RemarkKind::error;
  constexpr std::size_t room_for_errors = 100;
  if (remarks_.size() >= most + (kind == RemarkKind::error ? room_for_errors : 0)) {
    ++dropped_;
    return;
  }
  remarks_.push_back({kind, origin, std::move(text)});
}

std::vector<Remark> Remarks::take() {
  std::vector<Remark> taken;
  std::vector<std::string> seen;
  for (Remark& remark : remarks_) {
    std::string line = remark.line();
    const auto place = std::lower_bound(seen.begin(), seen.end(), line);
    if (place != seen.end() && *place == line) continue;  // several services of one group say the same
    seen.insert(place, std::move(line));
    taken.push_back(std::move(remark));
  }
  std::stable_sort(taken.begin(), taken.end(), [](const Remark& a, const Remark& b) {
    const std::string_view first = a.origin.known() ? *a.origin.file() : std::string_view();
    const std::string_view second = b.origin.known() ? *b.origin.file() : std::string_view();
    return first != second ? first < second : a.origin.line < b.origin.line;
  });
  if (dropped_ > 0) {
    taken.push_back({errors_ ? RemarkKind::error : RemarkKind::lost, {}, cat(dropped_, " further remarks")});
  }
  remarks_.clear();
  return taken;
}

}  // namespace ballast::keepalived
