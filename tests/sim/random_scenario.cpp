#include "tests/sim/random_scenario.h"

#include "core/pipeline/write/place.h"
#include "tests/client-gateway/grid_bench.h"
#include "tests/sim/scenario_faults.h"
#include "tests/sim/scenario_state.h"

#include <algorithm>
#include <array>

namespace tarn::test {

namespace {

using gateway::UploadResult;
using Text = std::string;

constexpr Duration kBound = std::chrono::minutes(40); ///< of any operation
/// A server that was dialled in vain is not dialled again sooner.
constexpr Duration kDialledAgain = std::chrono::seconds(3);
constexpr Duration kAbortsSent = std::chrono::minutes(2);
constexpr Duration kTimeouts = std::chrono::minutes(40); ///< longer than idle uploads live

Text count(std::uint64_t number)
{
    return std::to_string(number);
}

/// Operations and what must hold after each. They return what was violated.
class Scenario
{
public:
    explicit Scenario(std::uint64_t seed) : m_state(seed) {}

    ScenarioReport run()
    {
        const std::uint64_t steps = m_state.random.between(6, 14);
        for (std::uint64_t i = 0; i < steps && m_report.failure.empty(); ++i)
            m_report.failure = step();
        if (m_report.failure.empty()) m_report.failure = end();
        const SimNetwork& network = m_state.grid.world.network;
        m_state.note("bytes " + count(network.bytesCarried()) + ", dials " +
                     count(network.dials()));
        m_report.traceHash = m_state.grid.world.trace.hash();
        return m_report;
    }

private:
    Text step();
    Text end();
    Text putOne(bool disturbed);
    bool putMustWork();
    Text acknowledged(const UploadResult& result, Bytes plain, TimePoint begun);
    Text sharesAreThere(const UploadResult& result, StorageIndex index, TimePoint begun);
    Text nothingLeft(const std::vector<std::size_t>& before, const char* when);
    Text getOne(const ScenarioFile& file, bool disturbed);
    Text checkOne(const ScenarioFile& file);
    Text repairOne(const ScenarioFile& file);
    Text repairAll();
    std::uint32_t repairedShares(const ScenarioFile& file) const;
    Bytes drawPlain();

    void change()
    {
        ++m_report.faults;
        changeSomething(m_state);
    }
    template <class T>
    Text finish(const std::shared_ptr<SimOperation<T>>& operation, const char* what,
                bool disturbed);

    ScenarioState m_state;
    ScenarioReport m_report;
};

/// Lets it run to its end, things going wrong meanwhile.
template <class T>
Text Scenario::finish(const std::shared_ptr<SimOperation<T>>& operation, const char* what,
                      bool disturbed)
{
    ++m_report.operations;
    const bool willCancel = disturbed && m_state.chance(0.3);
    const std::uint64_t changes = disturbed ? m_state.random.between(1, 3) : 0;
    for (std::uint64_t i = 0; i < changes && !operation->ended(); ++i) {
        m_state.grid.pass(std::chrono::milliseconds(m_state.random.between(0, 3000)));
        change();
    }
    if (willCancel && !operation->ended()) {
        m_state.note("cancel");
        m_state.grid.cancel(operation);
    }
    if (!m_state.grid.finish(operation, kBound)) return Text(what) + " did not end";
    m_report.longest = std::max(m_report.longest, operation->took);
    const Result<T>& result = *operation->result;
    if (result) ++m_report.succeeded;
    m_state.note(Text(what) + ": " + (result ? "ok" : result.error().text()));
    if (!result && result.error().code() == ErrorCode::Internal)
        return Text(what) + ": " + result.error().text();
    return {};
}

Bytes Scenario::drawPlain()
{
    const std::uint64_t segment = m_state.shape.encoding.segmentSize;
    const std::array<std::uint64_t, 9> sizes{
        0,           1,           55,
        56,          segment - 1, segment,
        segment + 1, 2 * segment, m_state.random.between(57, 200'000)};
    const std::size_t which = std::min<std::size_t>(m_state.draw(14), sizes.size() - 1);
    return m_state.random.bytes(static_cast<std::size_t>(sizes[which]));
}

/// Only 2N servers are asked, and all that are dead may be among them.
bool Scenario::putMustWork()
{
    const gateway::EncodingParameters& encoding = m_state.shape.encoding;
    const std::size_t asked = std::min<std::size_t>(m_state.shape.servers, 2 * encoding.total);
    const std::size_t bad = m_state.shape.servers - m_state.goodServers();
    return m_state.onlyGoodAndDead() && asked >= bad + encoding.happy;
}

Text Scenario::putOne(bool disturbed)
{
    const bool again = !m_state.files.empty() && m_state.chance(0.15);
    Bytes plain = again ? m_state.anyFile().plain : drawPlain();
    gateway::UploadOptions options;
    if (m_state.chance(0.3)) options.key = gateway::KeyChoice::Random;
    const bool mustWork = !disturbed && putMustWork();
    if (mustWork) m_state.grid.pass(kDialledAgain);
    const std::vector<std::size_t> unfinished = m_state.unfinished();
    m_state.note("put " + count(plain.size()) + (mustWork ? ", must work" : ""));
    const auto operation =
        m_state.grid.start(SimGrid::upload(m_state.anyGateway(), plain, options));
    Text wrong = finish(operation, "put", disturbed);
    if (!wrong.empty()) return wrong;
    const Result<UploadResult>& result = *operation->result;
    if (result) return acknowledged(*result, std::move(plain), operation->begun);
    if (mustWork) return "put failed: " + result.error().text();
    if (disturbed || !m_state.onlyGoodAndDead()) return {};
    m_state.grid.pass(kAbortsSent);
    return nothingLeft(unfinished, "after a failed upload");
}

/// But what was there before: servers that broke their word keep shares begun until they time out.
Text Scenario::nothingLeft(const std::vector<std::size_t>& before, const char* when)
{
    const std::vector<std::size_t> now = m_state.unfinished();
    for (std::size_t i = 0; i < now.size(); ++i)
        if (now[i] > before[i])
            return count(now[i]) + " unfinished shares on " + m_state.grid.server(i).name() + " " +
                   when;
    return {};
}

Text Scenario::acknowledged(const UploadResult& result, Bytes plain, TimePoint begun)
{
    if (result.storageIndex.empty()) return {}; // literal
    ScenarioFile file{result.readCap, storageIndexOf(result.readCap), std::move(plain),
                      m_state.shape.encoding.needed, m_state.shape.encoding.total};
    if (result.happiness < m_state.shape.encoding.happy) return "acknowledged although unhappy";
    if (pipeline::serversOfHappiness(result.shareMap) != result.happiness)
        return "happiness is not that of the share map";
    Text wrong = sharesAreThere(result, file.index, begun);
    const bool known =
        std::any_of(m_state.files.begin(), m_state.files.end(),
                    [&](const ScenarioFile& one) { return one.index == file.index; });
    if (!known) m_state.files.push_back(std::move(file));
    return wrong;
}

/// What was acknowledged, where the server has been honest since the upload began.
Text Scenario::sharesAreThere(const UploadResult& result, StorageIndex index, TimePoint begun)
{
    const auto truth = m_state.grid.sharesOf(index);
    for (const auto& [share, servers] : result.shareMap) {
        for (std::size_t i = 0; i < m_state.shape.servers; ++i) {
            const SimServer& server = m_state.grid.server(i);
            const Trouble& trouble = m_state.troubles[i];
            if (!servers.contains(server.name()) || !server.running()) continue;
            if (trouble.dishonest() || trouble.dishonestUntil >= begun) continue;
            if (!truth.at(i).contains(share))
                return "share " + count(share.value) + " is not on " + server.name();
        }
    }
    return {};
}

Text Scenario::getOne(const ScenarioFile& file, bool disturbed)
{
    const std::size_t living = m_state.livingShares(file).size();
    const bool mustWork = !disturbed && living >= file.needed;
    std::uint64_t begin = 0;
    std::uint64_t end = file.plain.size();
    if (m_state.chance(0.4)) {
        begin = m_state.random.between(0, end);
        end = m_state.random.between(begin, end);
    }
    if (mustWork) m_state.grid.pass(kDialledAgain);
    m_state.note("get, living " + count(living) + (mustWork ? ", must work" : ""));
    const ByteView expected = ByteView(file.plain)
                                  .subspan(static_cast<std::size_t>(begin), //
                                           static_cast<std::size_t>(end - begin));
    const auto operation = m_state.grid.start(SimGrid::download(
        m_state.anyGateway(), file.cap, ByteRange{begin, end}, toBytes(expected)));
    Text wrong = finish(operation, "get", disturbed);
    if (wrong.empty() && mustWork && !*operation->result)
        wrong = "get failed with " + count(living) +
                " living shares: " + operation->result->error().text();
    return wrong;
}

Text Scenario::checkOne(const ScenarioFile& file)
{
    const bool quiet = m_state.onlyGoodAndDead();
    const std::size_t living = m_state.livingShares(file).size();
    gateway::CheckOptions options;
    options.verify = m_state.chance(0.5);
    options.addLease = m_state.chance(0.3);
    m_state.note("check");
    if (quiet) m_state.grid.pass(kDialledAgain);
    const auto operation = m_state.grid.start(m_state.anyGateway().check(file.cap, options));
    Text wrong = finish(operation, "check", false);
    if (!wrong.empty()) return wrong;
    if (!*operation->result) return "check failed: " + operation->result->error().text();
    const gateway::CheckResult& result = **operation->result;
    m_state.note(result.summary);
    if (quiet && options.verify && result.sharesGood != living)
        return "verify found " + count(result.sharesGood) + " of " + count(living);
    return {};
}

Text Scenario::repairOne(const ScenarioFile& file)
{
    gateway::CheckOptions options;
    options.verify = true;
    m_state.note("repair");
    const auto operation =
        m_state.grid.start(m_state.anyGateway().checkAndRepair(file.cap, options));
    Text wrong = finish(operation, "repair", false);
    if (!wrong.empty()) return wrong;
    if (!*operation->result) return "repair failed: " + operation->result->error().text();
    m_state.note((*operation->result)->after.summary + " " + (*operation->result)->failure);
    return {};
}

Text Scenario::step()
{
    if (m_state.chance(0.6)) change();
    if (m_state.chance(0.2))
        m_state.grid.pass(std::chrono::seconds(m_state.random.between(1, 900)));
    const bool disturbed = m_state.chance(0.4);
    if (m_state.files.empty() || m_state.chance(0.45)) return putOne(disturbed);
    const ScenarioFile& file = m_state.anyFile();
    if (m_state.chance(0.2)) return m_state.chance(0.4) ? repairOne(file) : checkOne(file);
    return getOne(file, disturbed);
}

/// All is well again and time has passed: nothing unfinished is left, every file that can be had
/// is had, and repaired.
Text Scenario::end()
{
    m_state.note("the end");
    relieveAll(m_state);
    for (const ScenarioFile& file : m_state.files) {
        Text wrong = getOne(file, false);
        if (!wrong.empty()) return wrong;
    }
    m_state.grid.pass(kTimeouts);
    const std::vector<std::size_t> none(m_state.shape.servers);
    Text wrong = nothingLeft(none, "after the timeouts");
    return wrong.empty() ? repairAll() : wrong;
}

/// At least. A share may have to stay away where only 2N of the servers are asked to take some.
std::uint32_t Scenario::repairedShares(const ScenarioFile& file) const
{
    if (m_state.shape.servers <= 2 * file.total) return m_state.mendableShares(file);
    std::set<ShareNumber> spoilt;
    for (const Trouble& trouble : m_state.troubles)
        for (const auto& [index, share] : trouble.spoilt)
            if (index == file.index) spoilt.insert(share);
    return file.total - static_cast<std::uint32_t>(spoilt.size());
}

Text Scenario::repairAll()
{
    gateway::CheckOptions verify;
    verify.verify = true;
    for (const ScenarioFile& file : m_state.files) {
        if (m_state.livingShares(file).size() < file.needed) continue;
        Text wrong = repairOne(file);
        if (!wrong.empty()) return wrong;
        const auto operation = m_state.grid.start(m_state.anyGateway().check(file.cap, verify));
        wrong = finish(operation, "check after repair", false);
        if (!wrong.empty()) return wrong;
        if (!*operation->result) return operation->result->error().text();
        if ((*operation->result)->sharesGood < repairedShares(file))
            return "repair left it at " + (*operation->result)->summary;
    }
    return {};
}

} // namespace

ScenarioReport runScenario(std::uint64_t seed)
{
    Scenario scenario(seed);
    return scenario.run();
}

} // namespace tarn::test
