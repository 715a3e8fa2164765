#include "storage-server/slot_body.h"

#include "core/wire/storage_messages.h"
#include "storage-server/large_strings.h"
#include "storage-server/share_transfer.h"

#include <algorithm>

namespace tarn::storage {

namespace {

/// Strings from here on go to the stage: blocks of MDMF shares are 43 kB as Tahoe-LAFS sends them.
constexpr std::uint64_t kLeastLarge = 16 * 1024;

} // namespace

void SlotBody::dropPages() const
{
    m_rest.dropPages();
    if (m_staged) m_staged->dropPages();
}

/// What was read from a stand-in becomes the string that it stands for.
void SlotBody::replace(ByteView& view) const
{
    const ByteView rest = m_rest.view();
    const std::less<> before;
    if (view.size() != 1 || before(view.data(), rest.data()) ||
        !before(view.data(), rest.data() + rest.size()))
        return;
    const auto at = static_cast<std::uint64_t>(view.data() - rest.data());
    const auto found = std::lower_bound(
        m_large.begin(), m_large.end(), at,
        [](const Large& large, std::uint64_t wanted) { return large.standIn < wanted; });
    if (found != m_large.end() && found->standIn == at) view = found->bytes;
}

Result<storage_api::ReadTestWrite> SlotBody::decode(codec::CborJoined& joined) const
{
    if (m_endsEarly) return Error(ErrorCode::InvalidInput, "request: cbor: the body ends early");
    Result<storage_api::ReadTestWrite> request =
        wire::decodeReadTestWriteRequest(m_rest.view(), joined);
    if (!request || m_large.empty()) return request;
    for (auto& [share, change] : request->shares) {
        for (storage_api::TestVector& test : change.tests)
            replace(test.specimen);
        for (storage_api::WriteVector& write : change.writes)
            replace(write.data);
    }
    return request;
}

/// One body on its way in.
class SlotReceiver
{
public:
    SlotReceiver(SlotIntake intake, std::unique_ptr<StagedData> staged, std::uint64_t announced)
        : m_rest(intake.diskPool, intake.place), m_strings(kLeastLarge, announced)
    {
        m_body.m_staged = std::move(staged);
    }

    asio::awaitable<Result<void>> take(ByteView input)
    {
        while (!input.empty()) {
            const BodyPart part = m_strings.next(input);
            if (part.kind == BodyPart::Kind::Data) {
                TARN_CO_TRY_VOID(co_await m_body.m_staged->write(part.bytes));
                continue;
            }
            TARN_CO_TRY_VOID(co_await m_rest.append(part.bytes));
            if (part.kind != BodyPart::Kind::Begin) continue;
            m_body.m_staged->begin(part.size, part.offset);
            m_body.m_large.push_back({m_rest.size() - 1, {}});
        }
        co_return ok();
    }

    asio::awaitable<Result<SlotBody>> finish()
    {
        TARN_CO_TRY(m_body.m_rest, std::move(m_rest).finish());
        m_body.m_endsEarly = m_strings.inTheMiddle();
        if (m_body.m_endsEarly) co_return std::move(m_body);
        TARN_CO_TRY(const std::vector<ByteView> views, co_await m_body.m_staged->finish());
        for (std::size_t i = 0; i < views.size(); ++i)
            m_body.m_large[i].bytes = views[i];
        co_return std::move(m_body);
    }

private:
    BodySpool m_rest;
    LargeStrings m_strings;
    SlotBody m_body;
};

namespace {

asio::awaitable<Result<SlotBody>> receiveWhole(net::ServerExchange& exchange, SlotIntake intake,
                                               MutableByteView buffer)
{
    TARN_CO_TRY(SpooledBody whole,
                co_await spoolBody(exchange, intake.diskPool, intake.place, intake.limit, buffer));
    co_return SlotBody(std::move(whole));
}

using Pledged = std::shared_ptr<const void>;

/// A body that does not tell its length: leave is asked for the most that it may have; without
/// that leave it stays in memory.
asio::awaitable<Result<SlotBody>> receiveUnannounced(net::ServerExchange& exchange,
                                                     SlotIntake intake, StorageIndex index,
                                                     MutableByteView buffer)
{
    intake.limit = std::min(intake.limit, intake.place.mostUnannounced);
    if (intake.stage == nullptr) co_return co_await receiveWhole(exchange, intake, buffer);
    auto admitting = intake.stage->admit(index, intake.limit);
    Result<Pledged> pledged = co_await std::move(admitting);
    if (!pledged) intake.limit = std::min<std::uint64_t>(intake.limit, intake.place.memoryLimit);
    TARN_CO_TRY(SlotBody body, co_await receiveWhole(exchange, intake, buffer));
    if (pledged) body.keep(*std::move(pledged));
    co_return std::move(body);
}

} // namespace

asio::awaitable<Result<SlotBody>> receiveSlotBody(net::ServerExchange& exchange, SlotIntake intake,
                                                  StorageIndex index, MutableByteView buffer)
{
    const std::optional<std::uint64_t> announced = exchange.bodyLength();
    if (announced && *announced > intake.limit) co_return bodyTooLarge(intake.limit);
    if (!announced) co_return co_await receiveUnannounced(exchange, intake, index, buffer);
    if (*announced <= intake.place.memoryLimit || intake.stage == nullptr)
        co_return co_await receiveWhole(exchange, intake, buffer);
    auto staging = intake.stage->stage(index, *announced);
    Result<std::unique_ptr<StagedData>> staged = co_await std::move(staging);
    if (!staged) co_return std::move(staged).error();
    SlotReceiver receiver(intake, *std::move(staged), *announced);
    for (;;) {
        TARN_CO_TRY(const std::size_t got, co_await readFully(exchange, buffer));
        if (got == 0) co_return co_await receiver.finish();
        TARN_CO_TRY_VOID(co_await receiver.take(buffer.first(got)));
    }
}

asio::awaitable<void> detail::dropPagesForEver(const SlotBody& body, Clock& clock)
{
    constexpr Duration kPause = std::chrono::milliseconds(5);
    while ((co_await asio::this_coro::cancellation_state).cancelled() ==
           asio::cancellation_type::none) {
        body.dropPages();
        co_await clock.sleep(kPause);
    }
}

} // namespace tarn::storage
