#include "storage-server/doctor.h"

#include "core/node/doctor/examination.h"
#include "storage-server/hidden_doctor.h"

namespace tarn::storage {

namespace {

using namespace node::doctor;

constexpr std::uint64_t kStateSpace = 64'000'000; // keys, accounts, the announcement
constexpr std::string_view kRoleName = "storage";

std::string pathIn(const std::string& state, const std::string& name)
{
    return name.starts_with('/') ? name : state + "/" + name;
}

std::vector<DiskNeed> disksOf(const ServiceConfig& config, const std::string& state)
{
    DiskNeed shares;
    shares.folder = pathIn(state, config.directory);
    shares.leastFree = config.readonly ? 0 : config.reservedSpace;
    shares.setting = "[storage] reserved_space";
    DiskNeed own;
    own.folder = state;
    own.leastFree = kStateSpace;
    return {shares, own};
}

Findings whoLearnsOfIt(const ServiceConfig& config)
{
    const bool hidden = config.hidden.any();
    if (!config.effectiveLocations().empty() || hidden)
        return {fine("announcement", std::to_string(config.effectiveLocations().size()) +
                                         " locations configured" +
                                         (hidden ? ", and those made at Tor or I2P" : ""))};
    return {problem("announcement", "clients are told no address",
                    "name where they reach it in [announce] locations")};
}

} // namespace

Findings examineBlocking(const std::string& configFile, const Result<ServiceConfig>& config,
                         const std::string& state, Clock& clock, Random& random)
{
    if (!config) return withoutConfigBlocking(configFile, config.error(), state, kRoleName);
    Patient patient;
    patient.configFile = configFile;
    patient.state = state;
    patient.role = kRoleName;
    patient.found = whoLearnsOfIt(*config);
    for (Finding& one : checkHiddenBlocking(config->hidden, state, clock, random))
        patient.found.push_back(std::move(one));
    patient.listeners.emplace_back("[listen] storage", config->listen);
    if (config->admin) patient.listeners.emplace_back("[listen] admin", *config->admin);
    patient.disks = disksOf(*config, state);
    patient.outgoing = config->outgoing;
    for (const wire::IntroducerUrl& url : config->introducers)
        patient.peers.push_back(peerOf(url));
    return node::doctor::examineBlocking(std::move(patient), clock, random);
}

} // namespace tarn::storage
