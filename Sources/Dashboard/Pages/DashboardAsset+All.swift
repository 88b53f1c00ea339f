extension DashboardAsset {
    /// Everything that pages load.
    package static let all: [DashboardAsset] = Name.allCases.map { name in
        switch name {
        case .style: DashboardAsset(name, mediaType: "text/css; charset=utf-8", text: Style.text)
        case .script: DashboardAsset(name, mediaType: "text/javascript; charset=utf-8", text: Script.text)
        case .icon: DashboardAsset(name, mediaType: "image/svg+xml", text: icon)
        }
    }

    /// A tree of prefixes: one root, and what is left of it.
    private static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="#0b57a4">\
        <g stroke="#fff" stroke-linecap="round" stroke-width="2.5">\(mark)</g></svg>

        """

    /// The drawing itself: a style sheet says its colours, or what is around it.
    static let mark = """
        <rect width="32" height="32" rx="8" stroke="none"/><path d="M16 8v6M16 14l-7 5v5M16 14l7 5v5"/>\
        <circle cx="16" cy="8" r="2.5"/><circle cx="9" cy="24" r="2.5"/><circle cx="23" cy="24" r="2.5"/>
        """
}
