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
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b57a4"/>
        <path d="M16 7v6M16 13L9 19v6M16 13l7 6v6" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/>
        <circle cx="16" cy="7" r="2.5" fill="#fff"/><circle cx="9" cy="25" r="2.5" fill="#fff"/>
        <circle cx="23" cy="25" r="2.5" fill="#9cc9ff"/></svg>

        """
}
