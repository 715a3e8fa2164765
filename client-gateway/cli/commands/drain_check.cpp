#include "client-gateway/cli/byte_files.h"
#include "client-gateway/cli/commands.h"
#include "client-gateway/cli/drain_report.h"
#include "client-gateway/cli/line_splitter.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::size_t kAskedAtOnce = 200;

/// Asks the gateway about some indexes at a time and prints what is not elsewhere.
class DrainCheck
{
public:
    DrainCheck(Session& session, BlockingGateway& web, std::set<std::string> except)
        : m_session(session), m_web(web), m_except(std::move(except))
    {
    }

    Result<void> take(DrainedIndex drained, const std::string& server)
    {
        if (!server.empty()) m_except.insert(server);
        if (m_except.empty())
            return Error(ErrorCode::InvalidInput,
                         "the list does not say whose it is: name the server with --server");
        m_waiting.push_back(std::move(drained));
        return m_waiting.size() < kAskedAtOnce ? ok() : ask();
    }
    Result<void> ask()
    {
        if (m_waiting.empty()) return ok();
        std::string body;
        for (const DrainedIndex& one : m_waiting)
            body += holdersQuestion(one);
        TARN_TRY(const Answer answer, m_web.ask("POST", "/holders", std::move(body)));
        if (answer.status != 200) {
            m_session.refused(answer);
            return Error(ErrorCode::Cancelled, "the gateway refuses the question");
        }
        std::size_t next = 0;
        LineSplitter lines([&](std::string_view line) { return judge(line, next); });
        TARN_TRY_VOID(lines.take(asBytes(answer.body)));
        if (next != m_waiting.size())
            return Error(ErrorCode::PeerMisbehaved, "the gateway's answer is too short");
        m_waiting.clear();
        return ok();
    }
    const DrainTotals& totals() const { return m_totals; }

private:
    Result<void> judge(std::string_view line, std::size_t& next)
    {
        if (next == m_waiting.size())
            return Error(ErrorCode::PeerMisbehaved, "the gateway's answer is too long");
        const DrainedIndex& drained = m_waiting[next++];
        TARN_TRY(const DrainVerdict verdict, judgeDrained(drained, line, m_except));
        m_totals.add(drained, verdict);
        if (verdict.where == Whereabouts::Elsewhere) return ok();
        const bool json = m_session.options.json;
        m_session.console.out(json ? verdictJson(drained, verdict) : verdictLine(drained, verdict));
        return ok();
    }

    Session& m_session;
    BlockingGateway& m_web;
    std::set<std::string> m_except;
    std::vector<DrainedIndex> m_waiting;
    DrainTotals m_totals;
};

Result<void> readLines(const std::string& path, LineSplitter& lines)
{
    TARN_TRY(InputFile file, InputFile::open(path));
    Bytes piece(kPieceBytes);
    for (;;) {
        TARN_TRY(const std::size_t count, file.read(piece));
        if (count == 0) return lines.finish();
        TARN_TRY_VOID(lines.take(ByteView(piece).first(count)));
    }
}

} // namespace

Result<int> run(Session& session, const DrainCheckCommand& command)
{
    TARN_TRY(BlockingGateway* const web, session.gateway());
    std::set<std::string> except;
    if (!command.server.empty()) except.insert(command.server);
    DrainCheck check(session, *web, std::move(except));
    const DrainList* whose = nullptr;
    DrainList list(
        [&](DrainedIndex drained) { return check.take(std::move(drained), whose->server()); });
    whose = &list;
    LineSplitter lines([&](std::string_view line) { return list.take(line); });
    Result<void> done = readLines(command.file, lines);
    if (done) done = list.finish();
    if (done) done = check.ask();
    if (!done && done.error().code() == ErrorCode::Cancelled) return kFailed;
    if (!done) return std::move(done).error();
    const DrainTotals& totals = check.totals();
    session.console.out(session.options.json ? totalsJson(totals) : totalsLine(totals));
    return totals.allElsewhere() ? kOk : kFailed;
}

} // namespace tarn::gateway::cli
