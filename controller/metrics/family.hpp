// Shorthand for prometheus-cpp's families; internal to this folder.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <prometheus/metric_family.h>

#include "controller/metrics/histogram.hpp"

namespace ballast::metrics {

class Family {
 public:
  using Labels = std::initializer_list<std::pair<const char*, std::string_view>>;

  static Family gauge(const char* name, const char* help) { return {name, help, prometheus::MetricType::Gauge}; }
  static Family counter(const char* name, const char* help) { return {name, help, prometheus::MetricType::Counter}; }
  static Family histogram(const char* name, const char* help) {
    return {name, help, prometheus::MetricType::Histogram};
  }

  Family& add(Labels labels, double value) {
    prometheus::ClientMetric& metric = add_metric(labels);
    (family_.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    return *this;
  }
  Family& add(Labels labels, std::uint64_t value) { return add(labels, static_cast<double>(value)); }
  Family& add(Labels labels, bool value) { return add(labels, value ? 1.0 : 0.0); }
  Family& add(Labels labels, const Histogram& histogram);
  void reserve(std::size_t count) { family_.metric.reserve(count); }

  prometheus::MetricFamily take() { return std::move(family_); }

 private:
  Family(const char* name, const char* help, prometheus::MetricType type) : family_{name, help, type, {}} {}
  prometheus::ClientMetric& add_metric(Labels labels) {
    prometheus::ClientMetric& metric = family_.metric.emplace_back();
    metric.label.reserve(labels.size());
    for (const auto& [name, value] : labels) metric.label.push_back({name, std::string(value)});
    return metric;
  }

  prometheus::MetricFamily family_;
};

inline Family& Family::add(Labels labels, const Histogram& histogram) {
  auto& out = add_metric(labels).histogram;
  out.sample_count = histogram.count();
  out.sample_sum = histogram.sum();
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < Histogram::bounds.size(); ++i) {
    cumulative += histogram.count_in(i);
    out.bucket.push_back({cumulative, Histogram::bounds[i]});
  }
  return *this;
}

}  // namespace ballast::metrics
