#include "tests/sim/random_scenario.h"

#include "core/pipeline/write/place.h"
#include "tests/client-gateway/grid_bench.h"
#include "tests/sim/sim_faults.h"
#include "tests/sim/sim_grid.h"

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

struct File
{
    std::string cap;
    StorageIndex index;
    Bytes plain;
    std::uint32_t needed = 0;
    std::uint32_t total = 0;
};

/// What is wrong with a server at present.
struct Trouble
{
    bool silent = false;  ///< a black hole around it
    bool badLink = false; ///< slow, or it breaks
    std::optional<Lie> lie;
    std::set<std::pair<StorageIndex, ShareNumber>> spoilt; ///< shares at rest

    bool none() const { return !silent && !badLink && !lie; }
};

SimGridShape drawShape(SeededRandom& random)
{
    constexpr std::array<std::uint64_t, 4> kSegments{4096, 10'000, 65'536, 131'072};
    SimGridShape shape;
    shape.servers = random.between(1, 12);
    shape.onDisk = random.between(0, shape.servers / 2);
    shape.gateways = random.between(1, 2);
    gateway::EncodingParameters& encoding = shape.encoding;
    encoding.needed = static_cast<std::uint32_t>(random.between(1, 5));
    encoding.total = static_cast<std::uint32_t>(random.between(encoding.needed, 12));
    const std::uint64_t most = std::min<std::uint64_t>(encoding.total, shape.servers);
    encoding.happy = static_cast<std::uint32_t>(random.between(1, most));
    encoding.segmentSize = kSegments[random.between(0, kSegments.size() - 1)];
    shape.link.latency = std::chrono::milliseconds(random.between(0, 50));
    if (random.chance(0.5)) shape.link.bytesPerSecond = 50'000 * double(random.between(1, 40));
    return shape;
}

class Scenario
{
public:
    explicit Scenario(std::uint64_t seed)
        : m_random(seed ^ 0x5ca1ab1eU), m_shape(drawShape(m_random)), m_grid(seed, m_shape),
          m_troubles(m_shape.servers)
    {
        const gateway::EncodingParameters& e = m_shape.encoding;
        note("grid of " + count(m_shape.servers) + ", " + count(m_shape.onDisk) + " on disk; " +
             count(e.needed) + "-of-" + count(e.total) + ", happy " + count(e.happy) +
             ", segments of " + count(e.segmentSize));
    }

    ScenarioReport run()
    {
        const std::uint64_t steps = m_random.between(6, 14);
        for (std::uint64_t i = 0; i < steps && m_report.failure.empty(); ++i)
            m_report.failure = step();
        if (m_report.failure.empty()) m_report.failure = end();
        note("bytes " + count(m_grid.world.network.bytesCarried()) + ", dials " +
             count(m_grid.world.network.dials()));
        m_report.traceHash = m_grid.world.trace.hash();
        return m_report;
    }

private:
    static Text count(std::uint64_t number) { return std::to_string(number); }
    void note(const Text& line) { m_grid.world.trace.note(line); }
    bool chance(double probability) { return m_random.chance(probability); }
    std::size_t draw(std::size_t below)
    {
        return static_cast<std::size_t>(m_random.between(0, below - 1));
    }
    gateway::Grid& anyGateway() { return m_grid.gateway(draw(m_shape.gateways)).grid(); }

    // Faults.

    void changeSomething();
    void relieve(std::size_t server);
    void setLink(std::size_t server, const SimLink& link);
    void healNetwork();
    void spoilSomething(std::size_t server);
    bool good(std::size_t server)
    {
        return m_grid.server(server).running() && m_troubles[server].none();
    }
    std::size_t goodServers();
    /// Neither liars nor links that break: the others answer well or not at all.
    bool onlyGoodAndDead();

    // Operations and their invariants. \return what was violated.

    Text step();
    Text end();
    Text putOne(bool disturbed);
    Text acknowledged(const UploadResult& result, Bytes plain);
    Text getOne(const File& file, bool disturbed);
    Text checkOne(const File& file, bool repair);
    Text repairAll();
    Text nothingLeft(const char* when);
    std::set<ShareNumber> livingShares(const File& file);
    std::uint32_t mendableShares(const File& file) const;
    template <class T>
    Text finish(const std::shared_ptr<SimOperation<T>>& operation, const char* what,
                bool disturbed);
    Bytes drawPlain();

    SeededRandom m_random;
    SimGridShape m_shape;
    SimGrid m_grid;
    std::vector<Trouble> m_troubles;
    std::vector<File> m_files;
    ScenarioReport m_report;
};

void Scenario::setLink(std::size_t server, const SimLink& link)
{
    for (std::size_t i = 0; i < m_shape.gateways; ++i)
        m_grid.world.network.setLink(m_grid.gateway(i).name(), m_grid.server(server).name(), link);
}

void Scenario::healNetwork()
{
    m_grid.world.network.heal();
    for (Trouble& trouble : m_troubles)
        trouble.silent = false;
}

void Scenario::relieve(std::size_t server)
{
    Trouble& trouble = m_troubles[server];
    const Result<void> started = m_grid.restart(server);
    TARN_ASSERT(started.has_value());
    m_grid.server(server).setPlan({});
    setLink(server, m_shape.link);
    trouble.lie.reset();
    trouble.badLink = false;
    if (!trouble.silent) return;
    healNetwork();
}

void Scenario::spoilSomething(std::size_t server)
{
    if (m_files.empty()) return;
    const File& file = m_files[draw(m_files.size())];
    const auto all = m_grid.sharesOf(file.index);
    const auto here = all.find(server);
    if (here == all.end() || here->second.empty()) return;
    const ShareNumber share = *here->second.begin();
    if (m_troubles[server].spoilt.contains({file.index, share})) return;
    if (m_grid.server(server).spoil(file.index, share))
        m_troubles[server].spoilt.insert({file.index, share});
}

void Scenario::changeSomething()
{
    const std::size_t server = draw(m_shape.servers);
    Trouble& trouble = m_troubles[server];
    ++m_report.faults;
    const std::size_t what = draw(9);
    note("change " + count(what) + " at " + m_grid.server(server).name());
    SimLink link = m_shape.link;
    switch (what) {
    case 0:
        m_grid.crash(server);
        break;
    case 1:
        m_grid.world.network.isolate(m_grid.server(server).name());
        trouble.silent = true;
        break;
    case 2:
        trouble.lie = static_cast<Lie>(draw(kLies));
        note(nameOf(*trouble.lie));
        m_grid.server(server).setPlan(
            planOf(*trouble.lie, m_random.next(),
                   m_files.empty() ? std::optional<StorageIndex>() : m_files.front().index));
        break;
    case 3:
        link.latency = std::chrono::milliseconds(m_random.between(200, 8000));
        setLink(server, link);
        trouble.badLink = true;
        break;
    case 4:
        link.cutChance = 0.05;
        link.refuseChance = 0.3;
        setLink(server, link);
        trouble.badLink = true;
        break;
    case 5:
        m_grid.world.network.cut(m_grid.gateway().name(), m_grid.server(server).name());
        break;
    case 6:
        spoilSomething(server);
        break;
    default:
        relieve(server);
        break;
    }
}

std::size_t Scenario::goodServers()
{
    std::size_t many = 0;
    for (std::size_t i = 0; i < m_shape.servers; ++i)
        if (good(i)) ++many;
    return many;
}

bool Scenario::onlyGoodAndDead()
{
    return std::none_of(m_troubles.begin(), m_troubles.end(),
                        [](const Trouble& t) { return t.badLink || t.lie; });
}

Bytes Scenario::drawPlain()
{
    const std::uint64_t segment = m_shape.encoding.segmentSize;
    const std::array<std::uint64_t, 9> sizes{
        0,           1,           55,
        56,          segment - 1, segment,
        segment + 1, 2 * segment, m_random.between(57, 200'000)};
    const std::size_t which = std::min<std::size_t>(draw(14), sizes.size() - 1);
    return m_random.bytes(static_cast<std::size_t>(sizes[which]));
}

std::set<ShareNumber> Scenario::livingShares(const File& file)
{
    std::set<ShareNumber> living;
    for (const auto& [server, shares] : m_grid.sharesOf(file.index)) {
        if (!good(server)) continue;
        for (const ShareNumber share : shares)
            if (!m_troubles[server].spoilt.contains({file.index, share})) living.insert(share);
    }
    return living;
}

/// All but those of which every server keeps a spoilt copy: it cannot be replaced there.
std::uint32_t Scenario::mendableShares(const File& file) const
{
    std::uint32_t mendable = 0;
    for (ShareNumber share; share.value < file.total; ++share.value) {
        const bool everywhere =
            std::all_of(m_troubles.begin(), m_troubles.end(), [&](const Trouble& trouble) {
                return trouble.spoilt.contains({file.index, share});
            });
        if (!everywhere) ++mendable;
    }
    return mendable;
}

/// Lets it run to its end, things going wrong meanwhile.
template <class T>
Text Scenario::finish(const std::shared_ptr<SimOperation<T>>& operation, const char* what,
                      bool disturbed)
{
    ++m_report.operations;
    const bool willCancel = disturbed && chance(0.3);
    for (std::size_t i = disturbed ? m_random.between(1, 3) : 0; i > 0 && !operation->ended();
         --i) {
        m_grid.pass(std::chrono::milliseconds(m_random.between(0, 3000)));
        changeSomething();
    }
    if (willCancel && !operation->ended()) {
        note("cancel");
        m_grid.cancel(operation);
    }
    if (!m_grid.finish(operation, kBound)) return Text(what) + " did not end";
    m_report.longest = std::max(m_report.longest, operation->took);
    const Result<T>& result = *operation->result;
    if (result) ++m_report.succeeded;
    note(Text(what) + ": " + (result ? "ok" : result.error().text()));
    if (!result && result.error().code() == ErrorCode::Internal)
        return Text(what) + ": " + result.error().text();
    return {};
}

Text Scenario::acknowledged(const UploadResult& result, Bytes plain)
{
    if (result.storageIndex.empty()) return {}; // literal
    File file{result.readCap, storageIndexOf(result.readCap), std::move(plain),
              m_shape.encoding.needed, m_shape.encoding.total};
    if (result.happiness < m_shape.encoding.happy) return "acknowledged although unhappy";
    if (pipeline::serversOfHappiness(result.shareMap) != result.happiness)
        return "happiness is not that of the share map";
    const auto truth = m_grid.sharesOf(file.index);
    for (const auto& [share, servers] : result.shareMap) {
        for (std::size_t i = 0; i < m_shape.servers; ++i) {
            if (!servers.contains(m_grid.server(i).name()) || !m_grid.server(i).running() ||
                m_troubles[i].lie)
                continue;
            if (!truth.at(i).contains(share))
                return "share " + count(share.value) + " is not on " + m_grid.server(i).name();
        }
    }
    const bool known = std::any_of(m_files.begin(), m_files.end(),
                                   [&](const File& one) { return one.index == file.index; });
    if (!known) m_files.push_back(std::move(file));
    return {};
}

Text Scenario::putOne(bool disturbed)
{
    Bytes plain = !m_files.empty() && chance(0.15) ? m_files[draw(m_files.size())].plain //
                                                   : drawPlain();
    gateway::UploadOptions options;
    if (chance(0.3)) options.key = gateway::KeyChoice::Random;
    const bool mustWork =
        !disturbed && onlyGoodAndDead() && goodServers() >= m_shape.encoding.happy;
    if (mustWork) m_grid.pass(kDialledAgain);
    note("put " + count(plain.size()) + (mustWork ? ", must work" : ""));
    const auto operation = m_grid.start(SimGrid::upload(anyGateway(), plain, options));
    Text wrong = finish(operation, "put", disturbed);
    if (!wrong.empty()) return wrong;
    const Result<UploadResult>& result = *operation->result;
    if (result) return acknowledged(*result, std::move(plain));
    if (mustWork) return "put failed: " + result.error().text();
    if (disturbed || !onlyGoodAndDead()) return {};
    m_grid.pass(kAbortsSent);
    return nothingLeft("after a failed upload");
}

Text Scenario::nothingLeft(const char* when)
{
    for (std::size_t i = 0; i < m_shape.servers; ++i) {
        if (m_troubles[i].silent) continue;
        const std::size_t open = m_grid.uploadsOpenOn(i);
        if (open > 0)
            return count(open) + " unfinished shares on " + m_grid.server(i).name() + " " + when;
    }
    return {};
}

Text Scenario::getOne(const File& file, bool disturbed)
{
    const std::size_t living = livingShares(file).size();
    const bool mustWork = !disturbed && living >= file.needed;
    std::uint64_t begin = 0;
    std::uint64_t end = file.plain.size();
    if (chance(0.4)) {
        begin = m_random.between(0, end);
        end = m_random.between(begin, end);
    }
    if (mustWork) m_grid.pass(kDialledAgain);
    note("get, living " + count(living) + (mustWork ? ", must work" : ""));
    const auto operation = m_grid.start(
        SimGrid::download(anyGateway(), file.cap, ByteRange{begin, end},
                          toBytes(ByteView(file.plain)
                                      .subspan(static_cast<std::size_t>(begin),
                                               static_cast<std::size_t>(end - begin)))));
    Text wrong = finish(operation, "get", disturbed);
    if (wrong.empty() && mustWork && !*operation->result)
        wrong = "get failed with " + count(living) +
                " living shares: " + operation->result->error().text();
    return wrong;
}

Text Scenario::checkOne(const File& file, bool repair)
{
    const bool quiet = onlyGoodAndDead();
    const std::size_t living = livingShares(file).size();
    gateway::CheckOptions options;
    options.verify = repair || chance(0.5);
    options.addLease = chance(0.3);
    note(repair ? "repair" : "check");
    if (!repair) {
        const auto operation = m_grid.start(anyGateway().check(file.cap, options));
        Text wrong = finish(operation, "check", false);
        if (!wrong.empty()) return wrong;
        if (!*operation->result) return "check failed: " + operation->result->error().text();
        const gateway::CheckResult& result = **operation->result;
        note(result.summary);
        if (quiet && options.verify && result.sharesGood != living)
            return "verify found " + count(result.sharesGood) + " of " + count(living);
        return {};
    }
    const auto operation = m_grid.start(anyGateway().checkAndRepair(file.cap, options));
    Text wrong = finish(operation, "repair", false);
    if (!wrong.empty()) return wrong;
    if (!*operation->result) return "repair failed: " + operation->result->error().text();
    note((*operation->result)->after.summary + " " + (*operation->result)->failure);
    return {};
}

Text Scenario::step()
{
    if (chance(0.6)) changeSomething();
    if (chance(0.2)) m_grid.pass(std::chrono::seconds(m_random.between(1, 900)));
    const bool disturbed = chance(0.4);
    if (m_files.empty() || chance(0.45)) return putOne(disturbed);
    const File& file = m_files[draw(m_files.size())];
    if (chance(0.2)) return checkOne(file, chance(0.4));
    return getOne(file, disturbed);
}

/// All is well again and time has passed: nothing unfinished is left, every file that can be had
/// is had, and repaired.
Text Scenario::end()
{
    note("the end");
    for (std::size_t i = 0; i < m_shape.servers; ++i)
        relieve(i);
    healNetwork();
    for (const File& file : std::vector<File>(m_files)) {
        Text wrong = getOne(file, false);
        if (!wrong.empty()) return wrong;
    }
    m_grid.pass(kTimeouts);
    Text wrong = nothingLeft("after the timeouts");
    return wrong.empty() ? repairAll() : wrong;
}

Text Scenario::repairAll()
{
    gateway::CheckOptions verify;
    verify.verify = true;
    for (const File& file : m_files) {
        if (livingShares(file).size() < file.needed) continue;
        Text wrong = checkOne(file, true);
        if (!wrong.empty()) return wrong;
        const auto operation = m_grid.start(anyGateway().check(file.cap, verify));
        wrong = finish(operation, "check after repair", false);
        if (!wrong.empty()) return wrong;
        if (!*operation->result) return operation->result->error().text();
        if ((*operation->result)->sharesGood != mendableShares(file))
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
