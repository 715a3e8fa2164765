#include "storage-server/doctor.h"

#include "core/node/doctor/examination.h"
#include "storage-server/hidden_doctor.h"

namespace tarn::storage {

namespace {

using namespace node::doctor;

constexpr std::string_view kRoleName = "storage";

DiskNeed needOfShares(const ServiceConfig& config, const std::string& state)
{
    DiskNeed out;
    out.folder = pathIn(state, config.directory);
    out.leastFree = config.readonly ? 0 : config.reservedSpace;
    out.setting = "[storage] reserved_space";
    return out;
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
    Patient patient = patientOf(configFile, state, kRoleName, config->outgoing);
    patient.found = whoLearnsOfIt(*config);
    for (Finding& one : checkHiddenBlocking(config->hidden, state, clock, random))
        patient.found.push_back(std::move(one));
    patient.listeners.emplace_back("[listen] storage", config->listen);
    if (config->admin) patient.listeners.emplace_back("[listen] admin", *config->admin);
    patient.disks.insert(patient.disks.begin(), needOfShares(*config, state));
    for (const wire::IntroducerUrl& url : config->introducers)
        patient.peers.push_back(peerOf(url));
    return node::doctor::examineBlocking(std::move(patient), clock, random);
}

} // namespace tarn::storage
