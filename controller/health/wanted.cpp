// Jobs are found again by a hash of what tells most of them apart, then compared in full.
#include "controller/health/wanted.hpp"

#include <map>
#include <unordered_map>

namespace ballast::health {

namespace {

void mix(std::size_t& hash, std::size_t value) {
  constexpr std::size_t golden = 0x9e3779b97f4a7c15U;
  hash ^= value + golden + (hash << 6U) + (hash >> 2U);
}

std::size_t text_hash(std::string_view text) {
  return std::hash<std::string_view>()(text);
}

struct ContentHash {
  std::size_t operator()(const HttpCheck& check) const {
    std::size_t hash = check.requests.size();
    for (const HttpRequest& request : check.requests) {
      mix(hash, text_hash(request.path.value));
      if (request.host) mix(hash, text_hash(request.host->value));
    }
    return hash;
  }
  std::size_t operator()(const MemberScriptCheck& check) const {
    std::size_t hash = 0;
    for (const auto& word : check.command) mix(hash, text_hash(word.value));
    return hash;
  }
  std::size_t operator()(const DnsCheck& check) const { return text_hash(check.name.value); }
  std::size_t operator()(const UdpCheck& check) const { return text_hash(check.payload); }
  std::size_t operator()(const GrpcCheck& check) const { return text_hash(check.service.value); }
  template <class Other>
  std::size_t operator()(const Other&) const {
    return 0;
  }
};

std::size_t hash_of(const Check& check) {
  std::size_t hash = check.kind.index();
  mix(hash, static_cast<std::size_t>(check.interval.value.count()));
  mix(hash, static_cast<std::size_t>(timeout_of(check.kind).count()));
  mix(hash, std::visit(ContentHash{}, check.kind));
  return hash;
}

std::size_t hash_of(const IpAddress& address) {
  const auto& bytes = address.bytes();
  return text_hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// What the job is for that check of that member.
Job make_job(const VirtualService& service, const ballast::Member& member, const Endpoint& endpoint,
             const std::shared_ptr<const Check>& check) {
  Job job;
  job.check = check;
  job.target.address = check->address ? check->address->value : endpoint.address;
  if (!std::holds_alternative<PingCheck>(check->kind))
    job.target.port = check->port ? check->port->value : endpoint.port;
  if (check->source) job.target.source = check->source->value;
  job.target.mark = check->mark.value;
  if (check->via.value == CheckPath::vip && service.address) {
    job.target.address = service.address->value;
    job.through = through_member(service, member);
  }
  return job;
}

class Collection {
 public:
  explicit Collection(std::map<ThroughMember, std::uint32_t> marks) : marks_(std::move(marks)) {}

  void add(const ProgrammedService& programmed) {
    const VirtualService& service = *programmed.service;
    const Pool& pool = *programmed.pool;
    if (pool.checks.empty()) return;
    const auto& checks = checks_of(pool);
    WantedService& out = wanted_.services.emplace_back(
        WantedService{service.header.name, pool.header.name, programmed.key, pool.health, {}});
    out.members.reserve(pool.members.size());
    for (const ballast::Member& member : pool.members) {
      WantedMember& added = out.members.emplace_back();
      added.endpoint = endpoint_of(service, member);
      added.own_port = member.port ? member.port->value : std::uint16_t{0};
      added.weight = member.weight.value;
      added.state = member.state;
      added.jobs.reserve(checks.size());
      for (const auto& check : checks)
        added.jobs.push_back(number_of(with_mark(make_job(service, member, added.endpoint, check))));
    }
  }

  Wanted take() { return std::move(wanted_); }

 private:
  [[nodiscard]] Job with_mark(Job job) const {
    if (job.through) job.target.mark = marks_.at(*job.through);
    return job;
  }

  /// One value for all pools with equal checks.
  const std::vector<std::shared_ptr<const Check>>& checks_of(const Pool& pool) {
    auto [found, added] = by_pool_.try_emplace(&pool);
    if (!added) return found->second;
    for (const Check& check : pool.checks) {
      auto& alike = by_hash_[hash_of(check)];
      auto same = std::find_if(alike.begin(), alike.end(), [&](const auto& each) { return *each == check; });
      if (same == alike.end()) same = alike.insert(alike.end(), std::make_shared<const Check>(check));
      found->second.push_back(*same);
    }
    return found->second;
  }

  std::uint32_t number_of(Job job) {
    const auto number = static_cast<std::uint32_t>(wanted_.jobs.size());
    const auto [first, last] = numbers_.equal_range(hash_of(job));
    for (auto each = first; each != last; ++each) {
      if (wanted_.jobs[each->second] == job) return each->second;
    }
    numbers_.emplace(hash_of(job), number);
    wanted_.jobs.push_back(std::move(job));
    return number;
  }

  std::map<ThroughMember, std::uint32_t> marks_;
  Wanted wanted_;
  std::unordered_map<const Pool*, std::vector<std::shared_ptr<const Check>>> by_pool_;
  std::unordered_map<std::size_t, std::vector<std::shared_ptr<const Check>>> by_hash_;
  std::unordered_multimap<std::size_t, std::uint32_t> numbers_;
};

}  // namespace

bool operator==(const Job& a, const Job& b) {
  return a.target == b.target && a.through == b.through && (a.check == b.check || *a.check == *b.check);
}

std::size_t hash_of(const Job& job) {
  std::size_t hash = hash_of(*job.check);
  mix(hash, hash_of(job.target.address));
  mix(hash, job.target.port);
  if (job.through) mix(hash, hash_of(job.through->member));
  return hash;
}

Wanted make_wanted(const Manifest& manifest, std::string_view node) {
  Collection collection(probe_marks(manifest, node));
  for (const ProgrammedService& service : possible_services(manifest, node)) collection.add(service);
  return collection.take();
}

}  // namespace ballast::health
