// watchers: who wants to know that something has changed. What it has become is asked for again, so
// nothing is ever missed or queued.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string_view>

namespace tarn::control {

enum class Topic {
    Status,  ///< NodeControl::status()
    Members, ///< NodeControl::members()
    Invites, ///< NodeControl::invites()
    Inbox    ///< NodeControl::links()
};
inline constexpr Topic kLastTopic = Topic::Inbox;

/// "status", "members", "invites", "inbox".
std::string_view nameOf(Topic topic);
std::optional<Topic> topicNamed(std::string_view name);

using OnChange = std::function<void(Topic)>;

/// Ends with this object; may outlive the Watchers.
class Subscription
{
public:
    Subscription() = default;

private:
    friend class Watchers;
    explicit Subscription(std::shared_ptr<OnChange> callback) : m_callback(std::move(callback)) {}

    std::shared_ptr<OnChange> m_callback;
};

/// One thread.
class Watchers
{
public:
    [[nodiscard]] Subscription add(OnChange onChange);
    /// Calls everybody who is there, in the order in which they came.
    void tell(Topic topic);
    std::size_t size() const;

private:
    std::list<std::weak_ptr<OnChange>> m_callbacks;
};

} // namespace tarn::control
