#include "client-gateway/cli/copy/copy_scan.h"

#include "client-gateway/cli/reports.h"
#include "client-gateway/dirs/child_name.h"
#include "core/net/http_message.h"

namespace tarn::gateway::cli {

namespace {

constexpr std::size_t kMaxDepth = 1000;
constexpr std::size_t kFetchedAhead = 64;

std::string identityOf(const LocalInfo& info)
{
    return std::to_string(info.device) + ":" + std::to_string(info.inode);
}

} // namespace

void CopyScan::complain(const std::string& label, ErrorCode code, const std::string& reason)
{
    m_report.fail(label, Error(code, reason));
}

Result<std::string> CopyScan::targetName(std::string_view name) const
{
    if (const std::optional<std::string> danger = dangerOf(name))
        return Error(ErrorCode::InvalidInput, "refused: " + *danger);
    if (m_toGrid) return normalizedName(name);
    return std::string(name);
}

Result<std::string> CopyScan::nameIn(std::size_t at, const std::string& name)
{
    TARN_TRY(std::string allowed, targetName(name));
    const auto [first, isNew] = m_visits[at].names.emplace(allowed, name);
    if (isNew || first->second == name) return allowed;
    return Error(ErrorCode::Exists,
                 "not copied: another name there is the same to the grid, which spells Unicode in "
                 "one way (NFC); rename one of the two");
}

void CopyScan::add(const Place& source)
{
    std::string name;
    if (!source.name.empty()) {
        Result<std::string> allowed = targetName(source.name);
        if (!allowed) {
            m_report.fail(source.label(), allowed.error());
            return;
        }
        name = *std::move(allowed);
    }
    if (source.kind == Place::Kind::File) {
        m_tree.addFile(0, name, source.source());
        return;
    }
    Visit visit;
    visit.label = source.label();
    visit.path = source.path;
    std::optional<double> modified;
    if (source.isLocal()) {
        visit.identity = identityOf(source.local);
        modified = source.local.modified;
    } else {
        visit.cap = source.description.self.bestCap();
        visit.identity = visit.cap;
        modified = source.description.self.contentChanged;
        visit.fetched = source.description;
    }
    if (!name.empty()) visit.target = m_tree.directoryIn(0, name, modified);
    m_visits.push_back(std::move(visit));
}

asio::awaitable<void> CopyScan::fetch(Visit& visit)
{
    const std::unique_ptr<GatewayClient> client = m_web->newClient();
    std::string target = "/uri/" + net::percentEncode(visit.cap) + "?t=json";
    std::string noBody;
    const Result<Answer> answer = co_await client->ask("GET", std::move(target), std::move(noBody));
    if (!answer)
        visit.fetched = answer.error();
    else if (answer->status != 200)
        visit.fetched = refusal(answer->status, answer->body);
    else
        visit.fetched = readDescription(answer->body);
}

void CopyScan::fetchAll(BlockingGateway& web, std::size_t begin, std::size_t end)
{
    m_web = &web;
    std::vector<std::size_t> wanted;
    for (std::size_t i = begin; i < end; ++i) {
        if (m_visits[i].path.empty() && !m_visits[i].fetched) wanted.push_back(i);
    }
    web.runEach(wanted.size(), [&](std::size_t i) { return fetch(m_visits[wanted[i]]); });
}

Result<void> CopyScan::run()
{
    std::size_t next = 0;
    while (next < m_visits.size()) {
        const std::size_t end = std::min(m_visits.size(), next + kFetchedAhead);
        const bool anyRemote = m_visits[next].path.empty() || m_visits[end - 1].path.empty();
        if (anyRemote || m_web) {
            TARN_TRY(BlockingGateway* const web, m_session.gateway());
            fetchAll(*web, next, end);
        }
        for (; next < end; ++next) {
            if (m_visits[next].path.empty())
                expandRemote(next);
            else
                expandLocal(next);
        }
    }
    return ok();
}

void CopyScan::expandLocal(std::size_t at)
{
    const Result<std::vector<std::string>> names = namesInBlocking(m_visits[at].path);
    if (!names) {
        m_report.fail(m_visits[at].label, names.error());
        return;
    }
    for (const std::string& name : *names)
        addLocal(at, name);
}

void CopyScan::addLocal(std::size_t at, const std::string& name)
{
    const std::string path = joinedPath(m_visits[at].path, name);
    const Result<LocalInfo> info = examineBlocking(path, Links::Follow);
    if (!info) {
        // A link to nothing is passed over, as every other thing that is no file.
        if (info.error().code() != ErrorCode::NotFound) m_report.fail(path, info.error());
        return;
    }
    if (info->kind == LocalInfo::Kind::Directory) {
        Visit below;
        below.label = path;
        below.path = path;
        below.identity = identityOf(*info);
        visitBelow(at, std::move(below), name, info->modified);
    } else if (info->kind == LocalInfo::Kind::File) {
        const Result<std::string> allowed = nameIn(at, name);
        if (!allowed) {
            m_report.fail(path, allowed.error());
            return;
        }
        CopySource source;
        source.label = path;
        source.path = path;
        source.stamp = info->stamp;
        source.size = info->stamp.size;
        source.modified = info->modified;
        m_tree.addFile(m_visits[at].target, *allowed, std::move(source));
    }
}

void CopyScan::expandRemote(std::size_t at)
{
    const std::optional<Result<Description>> fetched = std::move(m_visits[at].fetched);
    m_visits[at].fetched.reset();
    const std::string label = m_visits[at].label;
    if (!fetched || !*fetched) {
        const Error lost(ErrorCode::Internal, "could not be read");
        m_report.fail(label, fetched ? fetched->error() : lost);
        return;
    }
    for (const auto& [name, node] : (*fetched)->children)
        addRemote(at, name, node);
}

void CopyScan::addRemote(std::size_t at, const std::string& name, const NodeInfo& node)
{
    const std::string label = labelBelow(m_visits[at].label, name);
    if (node.kind == NodeInfo::Kind::Unknown) {
        complain(label, ErrorCode::Unsupported, "is of a kind unknown to the gateway");
    } else if (node.kind == NodeInfo::Kind::Directory) {
        Visit below;
        below.label = label;
        below.cap = node.bestCap();
        below.identity = node.readCap;
        visitBelow(at, std::move(below), name, node.contentChanged);
    } else {
        const Result<std::string> allowed = nameIn(at, name);
        if (!allowed) {
            m_report.fail(label, allowed.error());
            return;
        }
        CopySource source;
        source.label = label;
        source.node = node;
        source.size = node.size.value_or(0U);
        source.modified = node.contentChanged;
        m_tree.addFile(m_visits[at].target, *allowed, std::move(source));
    }
}

bool CopyScan::isLoop(std::size_t above, const std::string& identity) const
{
    for (std::size_t at = above; at != kNone; at = m_visits[at].above) {
        if (m_visits[at].identity == identity) return true;
    }
    return false;
}

void CopyScan::visitBelow(std::size_t at, Visit below, const std::string& name,
                          std::optional<double> modified)
{
    const Result<std::string> allowed = nameIn(at, name);
    below.above = at;
    below.depth = m_visits[at].depth + 1;
    if (!allowed) {
        m_report.fail(below.label, allowed.error());
    } else if (isLoop(at, below.identity)) {
        complain(below.label, ErrorCode::InvalidInput, "leads back to a directory above it");
    } else if (below.depth > kMaxDepth) {
        complain(below.label, ErrorCode::TooLarge, "too many directories within one another");
    } else {
        below.target = m_tree.directoryIn(m_visits[at].target, *allowed, modified);
        m_visits.push_back(std::move(below));
    }
}

} // namespace tarn::gateway::cli
