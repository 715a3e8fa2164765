#include "introducer/doctor.h"

#include "core/node/doctor/examination.h"

namespace tarn::introducer {

namespace {

using namespace node::doctor;

constexpr std::string_view kRoleName = "introducer";

Finding whoLearnsOfIt(const ServiceConfig& config)
{
    std::string named;
    for (const wire::Location& location : config.effectiveLocations())
        named += (named.empty() ? "" : ", ") + wire::textOf(location);
    if (!named.empty()) return fine("introducer.url", named);
    return problem("introducer.url", "there is no address to hand out",
                   "name where it is reached in [announce] locations");
}

} // namespace

Findings examineBlocking(const std::string& configFile, const Result<ServiceConfig>& config,
                         const std::string& state, Clock& clock, Random& random)
{
    if (!config) return withoutConfigBlocking(configFile, config.error(), state, kRoleName);
    Patient patient = patientOf(configFile, state, kRoleName, config->outgoing);
    patient.found.push_back(whoLearnsOfIt(*config));
    patient.listeners.emplace_back("[listen] introducer", config->listen);
    if (config->admin) patient.listeners.emplace_back("[listen] admin", *config->admin);
    for (const wire::IntroducerUrl& url : config->peers)
        patient.peers.push_back(peerOf(url));
    return node::doctor::examineBlocking(std::move(patient), clock, random);
}

} // namespace tarn::introducer
