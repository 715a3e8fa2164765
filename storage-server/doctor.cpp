#include "storage-server/doctor.h"

#include "core/node/doctor/examination.h"
#include "storage-server/hidden_doctor.h"
#include "storage-server/proxy_proof.h"
#include "storage-server/server_identity.h"

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

/// Readable without a server that ever started.
Findings proxyKeyOf(const ServiceConfig& config, const std::string& state)
{
    if (!config.proxyKey || config.proxyProof.empty()) return {};
    const std::string check = "[listen] proxy_proof";
    const Result<node::StateDir> dir = node::StateDir::inspectBlocking(state, kRoleName);
    if (!dir) return {unknown(check, "not looked at: the server was never started", "")};
    const Result<ServerIdentity> identity = readServerIdentity(*dir);
    if (!identity) return {unknown(check, "not looked at: " + identity.error().message(), "")};
    const auto proof = readProxyProofBlocking(config, state, identity->node.key.publicKey());
    if (proof) return {fine(check, "the proxy's key is proven to be this server's")};
    return {problem(check, proof.error().message(),
                    "make it anew with tarn-storage --prove-proxy-key and the key that the proxy "
                    "uses, and see that proxy_key is the hash of that key")};
}

Findings whoLearnsOfIt(const ServiceConfig& config)
{
    std::string named;
    for (const wire::Location& location : config.effectiveLocations())
        named += (named.empty() ? "" : ", ") + wire::textOf(location);
    if (config.hidden.any())
        named += (named.empty() ? "" : ", and ") + std::string("what is made at Tor or I2P");
    if (!named.empty()) return {fine("announcement", named)};
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
    for (Finding& one : proxyKeyOf(*config, state))
        patient.found.push_back(std::move(one));
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
