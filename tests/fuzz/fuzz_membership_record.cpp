// Any bytes as the body of each kind of record about membership, signed by the founder and by
// somebody else: refused with the right code, or accepted and then the same when it is read again;
// and whatever they are, a view of them can be made. The first byte says how many records the rest
// is cut into.
#include "core/base/check.h"
#include "core/membership/membership.h"

#include <array>

namespace {

using namespace tarn;
using namespace tarn::membership;
using gossip::RecordKind;

constexpr std::int64_t kSeconds = 1'800'000'000; // as the grid of the seeds
constexpr std::array<RecordKind, 5> kKinds{RecordKind::Certificate, RecordKind::Revocation,
                                           RecordKind::Departure, RecordKind::Invite,
                                           RecordKind::Admission};

/// Keys as those of the tests: the number, big-endian, then zeroes.
const crypto::Ed25519Key& keyOf(std::uint32_t number)
{
    static const auto make = [](std::uint32_t which) {
        Bytes seed = zeroBytes(crypto::Ed25519Seed::kSize);
        storeBig<std::uint32_t>(seed, 0, which);
        return crypto::Ed25519Key::fromSeed(crypto::Ed25519Seed::prefixOf(seed));
    };
    static const std::array<crypto::Ed25519Key, 3> keys{make(0), make(1), make(2)};
    return keys.at(number);
}

template <class T>
void checkCode(const Result<T>& result)
{
    if (result) return;
    const ErrorCode code = result.error().code();
    TARN_ASSERT(code == ErrorCode::InvalidInput || code == ErrorCode::Corrupt);
}

void checkLineage(const Lineage& lineage, LineageReader& reader)
{
    std::vector<std::string_view> steps;
    for (const AdmissionPtr& step : lineage.steps())
        steps.push_back(asText(step->bytes));
    const Result<Lineage> again = reader.read(steps);
    TARN_ASSERT(again && *again == lineage);
    TARN_ASSERT(lineage.root() == keyOf(0).publicKey() && lineage.steps().size() <= kMaxDepth);
}

gossip::RecordPtr signedBy(std::uint32_t signer, std::uint32_t subject, RecordKind kind,
                           ByteView body)
{
    gossip::RecordContent content;
    content.kind = kind;
    content.subject = toBytes(keyOf(subject).publicKey().view());
    if (kind == RecordKind::Invite) content.subject.resize(InviteId::kSize);
    content.issued = kSeconds;
    const bool ends = kind == RecordKind::Certificate || kind == RecordKind::Invite;
    content.expires = ends ? kSeconds + 86'400 : 0;
    content.body = toBytes(body);
    const Result<gossip::RecordPtr> out = gossip::signRecord(keyOf(signer), std::move(content));
    return out ? *out : nullptr;
}

void checkRecord(const gossip::Record& record, LineageReader& reader)
{
    const Result<Certificate> certificate = openCertificate(reader, record);
    const Result<Revocation> revocation = openRevocation(reader, record);
    const Result<Departure> departure = openDeparture(reader, record);
    const Result<InviteOffer> offer = readInvite(record);
    const Result<AdmissionPtr> admission =
        openAdmission(reader.grid(), gossip::encodeRecord(record));
    checkCode(certificate);
    checkCode(revocation);
    checkCode(departure);
    checkCode(offer);
    checkCode(admission);
    if (certificate) checkLineage(certificate->lineage, reader);
    if (revocation && revocation->lineage) checkLineage(*revocation->lineage, reader);
    if (departure) checkLineage(departure->lineage, reader);
    if (admission && (*admission)->inviter == keyOf(0).publicKey())
        checkCode(extendLineage(reader.grid(), nullptr, *admission));
}

void checkBody(ByteView body, std::vector<gossip::RecordPtr>& all)
{
    LineageReader reader(gridIdOf(keyOf(0).publicKey()));
    for (const RecordKind kind : kKinds) {
        for (std::uint32_t signer = 0; signer < 2; ++signer) {
            const gossip::RecordPtr record = signedBy(signer, signer + 1, kind, body);
            if (record == nullptr) continue;
            checkRecord(*record, reader);
            all.push_back(record);
        }
        if (const gossip::RecordPtr own = signedBy(1, 1, kind, body)) all.push_back(own);
        if (const gossip::RecordPtr own = signedBy(0, 0, kind, body)) all.push_back(own);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    ByteView rest = std::as_bytes(std::span(data, size)).subspan(1);
    const std::size_t parts = 1 + data[0] % 4;
    std::vector<gossip::RecordPtr> all;
    for (std::size_t i = parts; i > 0; --i) {
        const std::size_t length = rest.size() / i;
        checkBody(rest.first(length), all);
        rest = rest.subspan(length);
    }
    if (const Result<gossip::RecordPtr> whole = gossip::openRecord(rest)) all.push_back(*whole);
    Membership membership(keyOf(0).publicKey());
    const WallTime now{std::chrono::seconds(kSeconds)};
    static_cast<void>(membership.refresh(all, now));
    gossip::RecordSet set(gridKinds(), gridLimits(), membership.policy());
    for (const gossip::RecordPtr& record : all)
        static_cast<void>(set.accept(record, now));
    static_cast<void>(membership.refresh(set.all(), now));
    for (const auto& [key, member] : membership.view().members())
        TARN_ASSERT(membership.view().findNamed(member.name) == &member);
    return 0;
}
