#include "introducer/relay/relay_doctor.h"

#include "core/node/doctor/examination.h"

namespace tarn::relay {

namespace {

using namespace node::doctor;

constexpr std::string_view kRoleName = "relay";

Finding whoLearnsOfIt(const RelayConfig& config)
{
    std::string named;
    for (const wire::Location& location : config.effectiveLocations())
        named += (named.empty() ? "" : ", ") + wire::textOf(location);
    if (!named.empty()) return fine("relay.url", named);
    return problem("relay.url", "there is no address to hand out",
                   "name where it is reached in [announce] locations");
}

Finding whoGetsIn(const RelayConfig& config)
{
    const Result<std::vector<Secret>> tokens = readTokensBlocking(config);
    if (!tokens)
        return problem("token_file", tokens.error().message(),
                       "one token a line, 16 characters or more; chmod 600, owned by who runs it");
    return fine("who gets in", std::to_string(tokens->size()) + " tokens, " +
                                   std::to_string(config.grids.size()) + " grids");
}

} // namespace

Findings examineBlocking(const std::string& configFile, const Result<RelayConfig>& config,
                         const std::string& state, Clock& clock, Random& random)
{
    if (!config) return withoutConfigBlocking(configFile, config.error(), state, kRoleName);
    Patient patient = patientOf(configFile, state, kRoleName, net::Outgoing());
    patient.found.push_back(whoLearnsOfIt(*config));
    patient.found.push_back(whoGetsIn(*config));
    patient.listeners.emplace_back("[listen] relay", config->listen);
    if (config->admin) patient.listeners.emplace_back("[listen] admin", *config->admin);
    return node::doctor::examineBlocking(std::move(patient), clock, random);
}

} // namespace tarn::relay
