#include "client-gateway/doctor.h"

#include "client-gateway/servers_file.h"
#include "core/node/doctor/examination.h"
#include "core/node/files.h"

namespace tarn::gateway {

namespace {

using namespace node::doctor;

constexpr std::size_t kMaxServersFileBytes = 16ULL << 20U;
constexpr std::string_view kRoleName = "gateway";
constexpr const char* kServersCheck = "servers";

std::string nameOf(const ServerEntry& entry)
{
    constexpr std::size_t kShortId = 8;
    return entry.nickname.empty() ? entry.id.substr(0, kShortId) : entry.nickname;
}

void addServers(const ServersFile& file, const std::string& path, Patient& patient)
{
    for (const EntryProblem& one : file.problems) {
        patient.found.push_back(problem(kServersCheck,
                                        path + ":" + std::to_string(one.line) + ": " + one.id +
                                            (one.id.empty() ? "" : ": ") + one.reason,
                                        "mend or remove the entry"));
    }
    for (const ServerEntry& entry : file.servers) {
        for (const std::string& text : entry.nurls) {
            const Result<wire::Nurl> nurl = wire::parseNurl(text);
            if (nurl)
                patient.peers.push_back(peerOf(*nurl, nameOf(entry)));
            else
                patient.found.push_back(problem(kServersCheck,
                                                nameOf(entry) + ": " + nurl.error().message(),
                                                "ask its operator for its NURL"));
        }
    }
}

void readServers(const ServiceConfig& config, const std::string& path, Patient& patient)
{
    const Result<Bytes> text = node::readFileBlocking(path, kMaxServersFileBytes);
    if (!text && text.error().code() == ErrorCode::NotFound) {
        if (!config.introducers.empty()) return;
        patient.found.push_back(
            problem(kServersCheck, path + ": not there, and no introducers are configured",
                    "put the entries of the storage servers into it, or name introducers"));
        return;
    }
    patient.found.push_back(checkHeldFile("servers file", path));
    if (!text) return;
    const Result<ServersFile> file = parseServersFile(asText(*text));
    if (file)
        addServers(*file, path, patient);
    else
        patient.found.push_back(
            problem(kServersCheck, path + ": " + file.error().message(), "mend it"));
}

/// Fewer servers than an upload takes is a mistake that shows late.
void countServers(const ServiceConfig& config, Patient& patient)
{
    if (!config.introducers.empty() || patient.peers.empty()) return;
    const std::size_t happy = config.encoding.happy;
    if (patient.peers.size() >= happy) return;
    patient.found.push_back(problem("encoding",
                                    "uploads take " + std::to_string(happy) +
                                        " servers ([encoding] happy), and " +
                                        std::to_string(patient.peers.size()) + " are known",
                                    "add servers, or lower [encoding] happy and total"));
}

} // namespace

Findings examineBlocking(const std::string& configFile, const Result<ServiceConfig>& config,
                         const std::string& state, Clock& clock, Random& random)
{
    if (!config) return withoutConfigBlocking(configFile, config.error(), state, kRoleName);
    Patient patient = patientOf(configFile, state, kRoleName, config->outgoing);
    patient.hasIdentity = false;
    readServers(*config, pathIn(state, config->serversFile), patient);
    countServers(*config, patient);
    for (const wire::IntroducerUrl& url : config->introducers)
        patient.peers.push_back(peerOf(url));
    if (!config->introducers.empty())
        patient.found.push_back(unknown("introduced servers",
                                        "not asked: the running gateway knows which of them it "
                                        "can use",
                                        "look with: tarn -d " + state + " status"));
    patient.listeners.emplace_back("[web] listen", config->webListen);
    patient.disks.push_back(ownNeed(pathIn(state, config->spoolDirectory)));
    return node::doctor::examineBlocking(std::move(patient), clock, random);
}

} // namespace tarn::gateway
