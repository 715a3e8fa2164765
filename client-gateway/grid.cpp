#include "client-gateway/grid.h"

#include "client-gateway/check/repairer.h"
#include "client-gateway/download/file_download.h"
#include "client-gateway/mutable/mutable_files.h"
#include "client-gateway/upload/uploader.h"
#include "core/cap/parse.h"

namespace tarn::gateway {

namespace {

/// Segments under way in all downloads; their blocks take as much again. One download at full
/// speed has 12 MiB.
constexpr std::uint64_t kDownloadBytes = std::uint64_t{16} << 20U;
/// Buffers of all uploads that encode and send. One upload of a large file has 14 MiB.
constexpr std::uint64_t kUploadBytes = std::uint64_t{32} << 20U;
/// A client or server that stops holds up the others no longer.
constexpr Duration kGatePatience = std::chrono::seconds(1);
/// Of large SDMF files that are written, and as much of those that are read. One of 64 MB has more.
constexpr std::uint64_t kMutableBytes = std::uint64_t{192} << 20U;
constexpr Duration kMutablePatience = std::chrono::seconds(10);

} // namespace

struct Grid::Impl
{
    Impl(GridParts givenParts, NodeSecrets givenSecrets, GridSettings givenSettings)
        : parts(givenParts), secrets(std::move(givenSecrets)), settings(std::move(givenSettings)),
          clientLeases(crypto::clientLeaseSecrets(secrets.leaseSecret.view())),
          spool(SpoolLimits{settings.spoolDirectory, settings.spoolMemory, settings.spoolDisk}),
          uploads(parts.engine, parts.clock, kUploadBytes, kGatePatience),
          turns(parts.engine, parts.clock),
          downloads(parts.engine, parts.clock, kDownloadBytes, kGatePatience),
          publishes(parts.engine, parts.clock, kMutableBytes, kMutablePatience),
          retrieves(parts.engine, parts.clock, kMutableBytes, kMutablePatience),
          permuted(makePermutedPlacement()), home(homeOf(parts)),
          mutableFiles(mutableParts(), settings.keysAhead)
    {
    }

    MutableParts mutableParts()
    {
        return MutableParts{parts.engine,
                            parts.clock,
                            parts.random,
                            parts.cpu,
                            parts.disk,
                            parts.servers,
                            spool,
                            publishes,
                            retrieves,
                            clientLeases,
                            settings.encoding,
                            settings.queryDeadline,
                            settings.readDeadline,
                            settings.writeDeadline,
                            seenVersions,
                            nullptr,
                            home ? &*home : nullptr};
    }

    DownloadParts downloadParts()
    {
        FetchSettings fetch;
        fetch.finder.queryDeadline = settings.overdueAfter;
        fetch.readDeadline = settings.readDeadline;
        return DownloadParts{parts.engine, parts.clock, parts.cpu, fetch, downloads};
    }

    static std::optional<MutableHome> homeOf(const GridParts& parts)
    {
        if (parts.placement == nullptr || parts.firstHome == nullptr) return std::nullopt;
        MutableHome out;
        out.placement = parts.placement;
        out.server = parts.firstHome->server();
        return out;
    }

    const PlacementPolicy& policy() const
    {
        return parts.placement != nullptr ? *parts.placement : *permuted;
    }

    CheckParts checkParts()
    {
        return CheckParts{downloadParts(), clientLeases, settings.queryDeadline};
    }

    GridParts parts;
    NodeSecrets secrets;
    GridSettings settings;
    crypto::LeaseSecrets clientLeases;
    SpoolBudget spool;
    SeenVersions seenVersions;
    Gate uploads;
    UploadTurns turns;
    Gate downloads;
    Gate publishes;
    Gate retrieves;
    std::unique_ptr<PlacementPolicy> permuted;
    std::optional<MutableHome> home;
    MutableFiles mutableFiles;
};

namespace {

/// What can be checked: the verify capability of a CHK file, or none for LIT.
Result<std::optional<cap::ImmutableVerifyCap>> checkable(std::string_view text)
{
    TARN_TRY(const cap::Cap parsed, cap::parseKnownCap(text));
    if (std::holds_alternative<cap::LiteralCap>(parsed))
        return std::optional<cap::ImmutableVerifyCap>();
    if (const auto* read = std::get_if<cap::ImmutableReadCap>(&parsed))
        return std::optional(cap::verifyCapOf(*read));
    if (const auto* verify = std::get_if<cap::ImmutableVerifyCap>(&parsed))
        return std::optional(*verify);
    return Error(ErrorCode::Unsupported, "only immutable files can be checked");
}

CheckResult literalResult()
{
    CheckResult result;
    result.literal = true;
    result.healthy = true;
    result.recoverable = true;
    result.summary = "Healthy (LIT)";
    return result;
}

} // namespace

Grid::Grid(GridParts parts, NodeSecrets secrets, GridSettings settings)
    : m_impl(std::make_unique<Impl>(parts, std::move(secrets), std::move(settings)))
{
}

Grid::~Grid() = default;

asio::awaitable<Result<UploadResult>> Grid::upload(UploadSource& source, UploadOptions options,
                                                   UploadStatus& status)
{
    Impl& impl = *m_impl;
    const UploaderParts parts{impl.parts.clock,
                              impl.parts.random,
                              impl.parts.cpu,
                              impl.parts.disk,
                              impl.parts.engine,
                              impl.spool,
                              impl.uploads,
                              impl.turns,
                              impl.policy(),
                              impl.parts.firstHome,
                              impl.clientLeases,
                              impl.secrets.convergence.view(),
                              impl.settings.queryDeadline,
                              impl.settings.writeDeadline};
    const EncodingParameters encoding = options.encoding.value_or(impl.settings.encoding);
    std::vector<ServerPtr> known = impl.parts.servers.servers();
    Result<UploadResult> result =
        co_await uploadFile(parts, source, encoding, options.key, std::move(known), status);
    if (!result) status.phase = UploadPhase::Failed;
    co_return result;
}

std::unique_ptr<Spool> Grid::makeSpool()
{
    return std::make_unique<Spool>(m_impl->spool, m_impl->parts.disk, m_impl->parts.random);
}

Result<std::shared_ptr<Download>> Grid::open(std::string_view readCap)
{
    TARN_TRY(const cap::Cap parsed, cap::parseKnownCap(readCap));
    if (const auto* literal = std::get_if<cap::LiteralCap>(&parsed)) return openLiteral(*literal);
    if (const auto* read = std::get_if<cap::ImmutableReadCap>(&parsed))
        return openDownload(m_impl->downloadParts(), *read, m_impl->parts.servers.servers());
    return Error(ErrorCode::Unsupported, "not the read capability of an immutable file");
}

asio::awaitable<Result<CheckResult>> Grid::check(std::string cap, CheckOptions options)
{
    TARN_CO_TRY(const std::optional<cap::ImmutableVerifyCap> verify, checkable(cap));
    if (!verify) co_return literalResult();
    co_return co_await checkFile(m_impl->checkParts(), *verify, options,
                                 m_impl->parts.servers.servers());
}

asio::awaitable<Result<RepairResult>> Grid::checkAndRepair(std::string cap, CheckOptions options)
{
    TARN_CO_TRY(const std::optional<cap::ImmutableVerifyCap> verify, checkable(cap));
    if (!verify) {
        RepairResult result;
        result.before = literalResult();
        result.after = literalResult();
        co_return result;
    }
    const RepairParts parts{m_impl->checkParts(), m_impl->parts.random, m_impl->policy(),
                            m_impl->settings.writeDeadline};
    co_return co_await repairFile(parts, *verify, options, m_impl->parts.servers.servers());
}

asio::awaitable<Result<Holders>> Grid::holders(storage_api::ShareKind kind, StorageIndex index)
{
    return findHolders(m_impl->parts.clock, m_impl->settings.queryDeadline, kind, index,
                       m_impl->parts.servers.servers());
}

MutableService& Grid::mutableFiles()
{
    return m_impl->mutableFiles;
}

void Grid::setWatcher(TransferWatcher* watcher)
{
    m_impl->mutableFiles.setWatcher(watcher);
}

void Grid::setEncoding(const EncodingParameters& encoding)
{
    m_impl->settings.encoding = encoding;
    m_impl->mutableFiles.setEncoding(encoding);
}

const GridSettings& Grid::settings() const
{
    return m_impl->settings;
}

const ServerSet& Grid::servers() const
{
    return m_impl->parts.servers;
}

} // namespace tarn::gateway
