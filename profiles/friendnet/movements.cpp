#include "profiles/friendnet/movements.h"

namespace tarn::profiles {

Movements::Movements(Clock& clock) : m_state(std::make_shared<State>(clock)) {}

Movements::Running::Running(std::shared_ptr<State> all, control::TransferView what)
    : m_all(std::move(all))
{
    what.id = what.kind + "-" + std::to_string(m_all->next++);
    what.started = unixSeconds(m_all->clock.wallNow());
    what.state = "running";
    m_all->running.push_front(std::move(what));
    m_place = m_all->running.begin();
}

Movements::Running::~Running()
{
    control::TransferView what = std::move(*m_place);
    m_all->running.erase(m_place);
    if (what.state == "running") what.state = "cancelled";
    what.ended = unixSeconds(m_all->clock.wallNow());
    m_all->ended.push_front(std::move(what));
    if (m_all->ended.size() > kKept) m_all->ended.pop_back();
}

void Movements::Running::succeed()
{
    m_place->state = "done";
    if (m_place->of) m_place->bytes = *m_place->of;
}

void Movements::Running::fail(std::string why)
{
    m_place->state = "failed";
    m_place->reason = std::move(why);
}

std::unique_ptr<Movements::Running> Movements::begin(control::TransferView what)
{
    return std::make_unique<Running>(m_state, std::move(what));
}

std::vector<control::TransferView> Movements::all() const
{
    std::vector<control::TransferView> out(m_state->running.begin(), m_state->running.end());
    out.insert(out.end(), m_state->ended.begin(), m_state->ended.end());
    return out;
}

} // namespace tarn::profiles
