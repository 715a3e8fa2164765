#include "core/control/watchers.h"

#include <algorithm>

namespace tarn::control {

std::string_view nameOf(Topic topic)
{
    switch (topic) {
    case Topic::Status:
        return "status";
    case Topic::Members:
        return "members";
    case Topic::Invites:
        return "invites";
    case Topic::Inbox:
        return "inbox";
    }
    return "unknown";
}

std::optional<Topic> topicNamed(std::string_view name)
{
    for (int i = 0; i <= static_cast<int>(kLastTopic); ++i)
        if (nameOf(static_cast<Topic>(i)) == name) return static_cast<Topic>(i);
    return std::nullopt;
}

Subscription Watchers::add(OnChange onChange)
{
    auto callback = std::make_shared<OnChange>(std::move(onChange));
    m_callbacks.emplace_back(callback);
    return Subscription(std::move(callback));
}

void Watchers::tell(Topic topic)
{
    m_callbacks.remove_if([](const auto& one) { return one.expired(); });
    const std::list<std::weak_ptr<OnChange>> present = m_callbacks;
    for (const std::weak_ptr<OnChange>& one : present)
        if (const std::shared_ptr<OnChange> callback = one.lock()) (*callback)(topic);
}

std::size_t Watchers::size() const
{
    return static_cast<std::size_t>(
        std::count_if(m_callbacks.begin(), m_callbacks.end(),
                      [](const std::weak_ptr<OnChange>& one) { return !one.expired(); }));
}

} // namespace tarn::control
