#include "core/node/doctor/examination.h"

#include "core/base/executor.h"
#include "core/node/credentials.h"
#include "core/node/doctor/clock_check.h"
#include "core/node/doctor/router_check.h"
#include "core/node/open_dialer.h"
#include "core/node/outcome.h"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <iterator>
#include <optional>

namespace tarn::node::doctor {

namespace {

constexpr std::size_t kAtOnce = 16;
constexpr std::uint64_t kStateSpace = 64'000'000; // bytes
/// TLS and the answer, after the connection has its own limit.
constexpr Duration kAnswerLimit = std::chrono::seconds(20);

void append(Findings& all, Findings more)
{
    std::move(more.begin(), more.end(), std::back_inserter(all));
}

/// Asks all peers, some at once.
class Round
{
public:
    Round(const Patient& patient, Clock& clock)
        : m_patient(patient), m_clock(clock),
          m_answers(patient.peers.size(), Error(ErrorCode::Internal, "not asked"))
    {
    }

    std::vector<Result<PeerAnswer>> runBlocking(net::Outgoing outgoing, Random& random)
    {
        Result<std::unique_ptr<net::StaticDialer>> dialer =
            openDialer(m_context.get_executor(), std::move(outgoing), m_clock, random);
        if (!dialer) {
            std::fill(m_answers.begin(), m_answers.end(), Result<PeerAnswer>(dialer.error()));
            return std::move(m_answers);
        }
        m_open = std::min(kAtOnce, m_patient.peers.size());
        for (std::size_t i = m_open; i > 0; --i)
            spawnLogged(m_context.get_executor(), "ask", askSome(**dialer));
        while (m_open > 0 && m_context.run_one() > 0) {
        }
        dialer->reset();
        m_context.run_for(std::chrono::seconds(1)); // what is left of the connections
        return std::move(m_answers);
    }

private:
    asio::awaitable<Result<void>> askSome(net::Dialer& dialer)
    {
        while (m_next < m_patient.peers.size()) {
            const std::size_t mine = m_next++;
            const Peer& peer = m_patient.peers[mine];
            const Duration limit = m_patient.outgoing.limitOf(peer.location.network) + kAnswerLimit;
            if (const Result<void> may = m_patient.outgoing.mayDial(peer.location); !may)
                m_answers[mine] = may.error();
            else
                m_answers[mine] = co_await askPeer(dialer, m_clock, peer, limit);
        }
        --m_open;
        co_return ok();
    }

    const Patient& m_patient;
    Clock& m_clock;
    asio::io_context m_context{1};
    std::vector<Result<PeerAnswer>> m_answers;
    std::size_t m_next = 0;
    std::size_t m_open = 0;
};

/// With the proxy's login, where one is configured.
Result<net::Outgoing> wholeOutgoing(const Patient& patient)
{
    if (patient.outgoing.credentials.empty()) return patient.outgoing;
    TARN_TRY(const StateDir dir, StateDir::inspectBlocking(patient.state, patient.role));
    return readCredentialsBlocking(dir, patient.outgoing);
}

Findings checkPeersBlocking(const Patient& patient, Clock& clock, Random& random)
{
    Findings out;
    std::vector<ClockReading> readings;
    Result<net::Outgoing> outgoing = wholeOutgoing(patient);
    if (!outgoing) {
        out.push_back(problem("credentials", outgoing.error().message(),
                              "mend the file that [connections] credentials names"));
        return out;
    }
    Round round(patient, clock);
    const std::vector<Result<PeerAnswer>> answers = round.runBlocking(*std::move(outgoing), random);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Peer& peer = patient.peers[i];
        out.push_back(judgePeer(peer, answers[i]));
        if (answers[i] && answers[i]->ahead)
            readings.push_back(ClockReading{peer.check, *answers[i]->ahead});
    }
    out.push_back(checkClock(std::move(readings)));
    return out;
}

Findings checkStateBlocking(const std::string& state, std::string_view role)
{
    Findings out;
    out.push_back(checkStateFolder(state, role));
    append(out, checkPrivateFiles(state));
    return out;
}

} // namespace

Patient patientOf(const std::string& configFile, const std::string& state, std::string_view role,
                  const net::Outgoing& outgoing)
{
    Patient out;
    out.configFile = configFile;
    out.state = state;
    out.role = role;
    out.disks.push_back(ownNeed(state));
    out.outgoing = outgoing;
    return out;
}

DiskNeed ownNeed(std::string folder)
{
    DiskNeed out;
    out.folder = std::move(folder);
    out.leastFree = kStateSpace;
    return out;
}

std::string pathIn(const std::string& state, const std::string& name)
{
    return name.starts_with('/') ? name : state + "/" + name;
}

Findings examineBlocking(Patient patient, Clock& clock, Random& random)
{
    Findings out;
    out.push_back(fine("configuration", patient.configFile));
    append(out, checkStateBlocking(patient.state, patient.role));
    if (patient.hasIdentity) out.push_back(checkIdentity(patient.state, patient.role));
    append(out, std::move(patient.found));
    for (const DiskNeed& need : patient.disks)
        append(out, checkDisk(need));
    for (const auto& [setting, address] : patient.listeners)
        out.push_back(checkListenAddress(setting, address.host, address.port));
    if (patient.outgoing.i2p.kind == net::Route::Kind::Sam)
        out.push_back(checkSamBlocking("[connections] i2p", patient.outgoing.i2p.proxy, clock));
    append(out, checkPeersBlocking(patient, clock, random));
    return out;
}

Findings withoutConfigBlocking(const std::string& configFile, const Error& error,
                               const std::string& state, std::string_view role)
{
    Findings out;
    for (const std::string_view line : problemsOf(error))
        out.push_back(problem("configuration", std::string(line), "mend it in " + configFile));
    append(out, checkStateBlocking(state, role));
    return out;
}

} // namespace tarn::node::doctor
