#include "tests/support/crash_states.h"

#include "tests/support/seeded_random.h"

#include <algorithm>
#include <set>

namespace tarn::test {

namespace {

constexpr std::size_t kSector = 512;

// --- what is certain ---

bool covers(const SyncOp& sync, const DiskOp& op)
{
    if (sync.what == SyncOp::What::All) return true;
    if (const auto* name = std::get_if<NameOp>(&op)) {
        return sync.what == SyncOp::What::Directory &&
               std::any_of(
                   name->entries.begin(), name->entries.end(),
                   [&](const NameOp::Entry& entry) { return entry.directory == sync.node; });
    }
    if (sync.what != SyncOp::What::File) return false;
    if (const auto* write = std::get_if<WriteOp>(&op)) return write->file == sync.node;
    if (const auto* resize = std::get_if<ResizeOp>(&op)) return resize->file == sync.node;
    return false;
}

bool isSynced(const DiskRecord& record, std::size_t op, std::size_t moment)
{
    for (std::size_t i = op + 1; i < moment; ++i) {
        const auto* sync = std::get_if<SyncOp>(&record.ops[i]);
        if (sync == nullptr || !covers(*sync, record.ops[op])) continue;
        if (!sync->failed) return true;
        if (!std::holds_alternative<NameOp>(record.ops[op])) return false;
    }
    return false;
}

/// The earlier changes of names without which `op` cannot have happened.
std::vector<std::size_t> needs(const DiskRecord& record, std::size_t op)
{
    std::vector<std::size_t> out;
    const auto* name = std::get_if<NameOp>(&record.ops[op]);
    if (name == nullptr) return out;
    for (std::size_t i = 0; i < op; ++i) {
        const auto* earlier = std::get_if<NameOp>(&record.ops[i]);
        if (earlier == nullptr) continue;
        for (const NameOp::Entry& before : earlier->entries) {
            const bool sameName =
                std::any_of(name->entries.begin(), name->entries.end(), [&](const auto& entry) {
                    return entry.directory == before.directory && entry.name == before.name;
                });
            if (sameName || name->emptied == before.directory) out.push_back(i);
        }
    }
    return out;
}

/// What may have become of each operation before the moment.
struct Outlook
{
    std::vector<std::vector<std::size_t>> needs;
    std::vector<std::vector<Fate>> fates; ///< one: it is certain
    std::vector<std::size_t> open;        ///< the operations with more than one
};

Outlook outlookAt(const DiskRecord& record, std::size_t moment)
{
    Outlook out;
    std::vector<bool> certain(moment, false);
    for (std::size_t i = 0; i < moment; ++i) {
        out.needs.push_back(needs(record, i));
        certain[i] = std::holds_alternative<SyncOp>(record.ops[i]) || isSynced(record, i, moment);
    }
    for (std::size_t i = moment; i-- > 0;) {
        if (!certain[i]) continue;
        for (const std::size_t needed : out.needs[i])
            certain[needed] = true;
    }
    for (std::size_t i = 0; i < moment; ++i) {
        std::vector<Fate> fates{Fate::Kept};
        if (!certain[i]) {
            fates.push_back(Fate::Lost);
            if (const auto* write = std::get_if<WriteOp>(&record.ops[i])) {
                fates.push_back(Fate::OnlySize);
                fates.push_back(Fate::CutAtLast);
                if (write->bytes.size() > kSector) {
                    fates.push_back(Fate::CutAtFirst);
                    fates.push_back(Fate::OnlyEnd);
                }
            }
            out.open.push_back(i);
        }
        out.fates.push_back(std::move(fates));
    }
    return out;
}

// --- doing it ---

void resize(Bytes& bytes, std::uint64_t size)
{
    bytes.resize(static_cast<std::size_t>(size), std::byte{0});
}

void applyName(DiskImage& image, const NameOp& op)
{
    for (const NameOp::Entry& entry : op.entries) {
        std::map<std::string, NodeId>& names = image.nodes[entry.directory].names;
        if (entry.becomes) {
            names[entry.name] = *entry.becomes;
        } else {
            names.erase(entry.name);
        }
    }
}

void applyWrite(DiskImage& image, const WriteOp& op, Fate fate)
{
    Bytes& bytes = image.nodes[op.file].bytes;
    const std::size_t size = op.bytes.size();
    std::size_t begin = 0;
    std::size_t end = size;
    if (fate == Fate::CutAtFirst) end = std::min(size, kSector / 2);
    if (fate == Fate::CutAtLast) end = size - ((size - 1) % kSector / 2 + 1);
    if (fate == Fate::OnlyEnd) begin = (size - 1) / kSector * kSector;
    const std::size_t reach = fate == Fate::OnlySize ? size : end;
    if (bytes.size() < op.offset + reach) resize(bytes, op.offset + reach);
    if (fate == Fate::OnlySize) return;
    std::copy(op.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
              op.bytes.begin() + static_cast<std::ptrdiff_t>(end),
              bytes.begin() + static_cast<std::ptrdiff_t>(op.offset + begin));
}

void apply(DiskImage& image, const DiskOp& op, Fate fate)
{
    if (fate == Fate::Lost) return;
    if (const auto* name = std::get_if<NameOp>(&op)) applyName(image, *name);
    if (const auto* write = std::get_if<WriteOp>(&op)) applyWrite(image, *write, fate);
    if (const auto* size = std::get_if<ResizeOp>(&op))
        resize(image.nodes[size->file].bytes, size->size);
}

/// All fates of a moment, one combination after the other.
class Combinations
{
public:
    explicit Combinations(const Outlook& outlook)
        : m_outlook(outlook), m_fates(outlook.fates.size(), Fate::Kept)
    {
    }

    const std::vector<Fate>& fates() const { return m_fates; }

    /// Visits all; at most `limit`. \return how many there were.
    template <class Visit>
    std::size_t all(std::size_t limit, const Visit& visit)
    {
        m_left = limit;
        descend(0, visit);
        return limit - m_left;
    }

    /// Draws one; `keep` is how likely an operation is to be kept.
    void draw(SeededRandom& random, double keep)
    {
        for (const std::size_t op : m_outlook.open) {
            const std::vector<Fate>& choices = m_outlook.fates[op];
            m_fates[op] =
                random.chance(keep) ? Fate::Kept : choices[random.between(1, choices.size() - 1)];
            if (!possible(op)) m_fates[op] = Fate::Lost;
        }
    }

    /// All get `rest`, but for one.
    void single(std::size_t op, Fate fate, Fate rest)
    {
        for (const std::size_t other : m_outlook.open) {
            m_fates[other] = other == op ? fate : rest;
            if (!possible(other)) m_fates[other] = Fate::Lost;
        }
    }

private:
    /// Kept needs what it builds on.
    bool possible(std::size_t op) const
    {
        const std::vector<std::size_t>& needed = m_outlook.needs[op];
        return std::all_of(needed.begin(), needed.end(),
                           [&](std::size_t other) { return m_fates[other] == Fate::Kept; });
    }

    template <class Visit>
    bool descend(std::size_t number, const Visit& visit)
    {
        if (number == m_outlook.open.size()) {
            if (m_left == 0) return false;
            --m_left;
            return visit(m_fates);
        }
        const std::size_t op = m_outlook.open[number];
        for (const Fate fate : m_outlook.fates[op]) {
            m_fates[op] = fate;
            if (fate != Fate::Lost && !possible(op)) continue;
            if (!descend(number + 1, visit)) return false;
        }
        return true;
    }

    const Outlook& m_outlook;
    std::vector<Fate> m_fates;
    std::size_t m_left = 0;
};

std::vector<std::vector<Fate>> sample(const Outlook& outlook, const CrashStatesLimits& limits)
{
    Combinations combinations(outlook);
    SeededRandom random(limits.seed);
    std::set<std::vector<Fate>> out;
    for (const Fate rest : {Fate::Kept, Fate::Lost})
        for (const std::size_t op : outlook.open)
            for (const Fate fate : outlook.fates[op]) {
                if (out.size() >= limits.samples / 2) break;
                combinations.single(op, fate, rest);
                out.insert(combinations.fates());
            }
    for (std::size_t i = 0; i < limits.samples * 4 && out.size() < limits.samples; ++i) {
        combinations.draw(random, double(1 + i % 9) / 10);
        out.insert(combinations.fates());
    }
    return {out.begin(), out.end()};
}

} // namespace

std::vector<std::size_t> crashMoments(const DiskRecord& record)
{
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < record.ops.size(); ++i)
        if (std::holds_alternative<SyncOp>(record.ops[i])) out.push_back(i);
    out.push_back(record.ops.size());
    return out;
}

void visitCrashStates(const DiskRecord& record, std::size_t moment, const CrashStatesLimits& limits,
                      CrashStatesCount& count,
                      const std::function<bool(const DiskImage& image)>& visit)
{
    const Outlook outlook = outlookAt(record, moment);
    DiskImage base = record.begin;
    base.nodes.resize(record.directories.size());
    for (NodeId node = 0; node < base.nodes.size(); ++node)
        base.nodes[node].directory = record.directories[node];
    const std::size_t first = outlook.open.empty() ? moment : outlook.open.front();
    for (std::size_t i = 0; i < first; ++i)
        apply(base, record.ops[i], Fate::Kept);
    const auto build = [&](const std::vector<Fate>& fates) {
        DiskImage image = base;
        for (std::size_t i = first; i < moment; ++i)
            apply(image, record.ops[i], fates[i]);
        ++count.states;
        return visit(image);
    };
    Combinations combinations(outlook);
    const auto countOnly = [](const std::vector<Fate>& /*fates*/) { return true; };
    const std::size_t total = combinations.all(limits.exhaustive + 1, countOnly);
    if (total <= limits.exhaustive) {
        ++count.exhaustive;
        combinations.all(total, build);
        return;
    }
    ++count.sampled;
    for (const std::vector<Fate>& fates : sample(outlook, limits))
        if (!build(fates)) return;
}

} // namespace tarn::test
