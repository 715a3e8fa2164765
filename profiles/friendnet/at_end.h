// at_end: does what is due when it goes, also where a coroutine was given up. Any thread.
#pragma once

#include <functional>
#include <utility>

namespace tarn::profiles {

class AtEnd
{
public:
    explicit AtEnd(std::function<void()> due) : m_due(std::move(due)) {}
    ~AtEnd() { m_due(); }
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;

private:
    std::function<void()> m_due;
};

} // namespace tarn::profiles
