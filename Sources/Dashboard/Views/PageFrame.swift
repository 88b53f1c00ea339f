/// What every page has around its own content.
package struct PageFrame: Hashable, Sendable {
    /// What is being looked at, in a few words; nothing of a client's.
    package var title: String
    /// From the tasks down to the page above this one.
    package var crumbs: [Crumb]
    /// The token that every form sends back as ``FormField/csrf``; nothing before the login.
    package var csrf: String?
    /// Something that happened, such as why a form was refused.
    package var notice: Notice?
    /// How many seconds until a browser without JavaScript asks again; nothing for pages that do not change.
    package var refresh: Int?

    package init(
        title: String, crumbs: [Crumb] = [], csrf: String?, notice: Notice? = nil, refresh: Int? = nil
    ) {
        self.title = title
        self.crumbs = crumbs
        self.csrf = csrf
        self.notice = notice
        self.refresh = refresh
    }

    /// A page above this one; the page's own name has theirs behind it, but for the first one's.
    package struct Crumb: Hashable, Sendable {
        /// Nothing of a client's.
        package let title: String
        package let path: DashboardPath

        package init(_ title: String, _ path: DashboardPath) {
            self.title = title
            self.path = path
        }
    }

    /// A sentence that is read before the page.
    package struct Notice: Hashable, Sendable {
        package let text: String
        /// Whether something was refused or has failed.
        package let isFault: Bool

        package init(_ text: String, isFault: Bool) {
            self.text = text
            self.isFault = isFault
        }
    }
}

/// The names of what forms send; bodies are `application/x-www-form-urlencoded`.
package enum FormField {
    /// Every form but the login's has it.
    package static let csrf = "csrf"
    /// The login's token.
    package static let token = "token"
    /// The address of ours that the login leads to.
    package static let onward = "onward"
    /// The threshold of a discovery, as it is written for the command: a number or a percentage.
    package static let threshold = "threshold"
    /// The ends of its batch, in a task of intervals of time.
    package static let since = "since"
    package static let until = "until"
    /// Which question is answered with yes.
    package static let question = "question"
    /// The walk to compare with, in the query of a comparison.
    package static let with = "with"
}
