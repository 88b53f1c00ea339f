/// What is around each page, and the pages without a task.
enum FrameTemplates {
    static let frame = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{names}} · Populus</title>
        <link rel="stylesheet" href="\(DashboardPath.asset(.style).text)">
        <link rel="icon" type="image/svg+xml" href="\(DashboardPath.asset(.icon).text)">
        <script src="\(DashboardPath.asset(.script).text)" defer></script>
        {{#refresh}}<noscript><meta http-equiv="refresh" content="{{.}}"></noscript>{{/refresh}}
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header><div class="top">
        <a class="brand" href="\(DashboardPath.tasks.text)"><svg viewBox="0 0 32 32" aria-hidden="true">\(DashboardAsset.mark)</svg>\
        Populus</a>
        <nav aria-label="Where you are"><ol class="crumbs">
        {{#crumbs}}<li><a href="{{path}}">{{name}}</a></li>{{/crumbs}}
        <li aria-current="page">{{title}}</li>
        </ol></nav>
        {{#csrf}}<form method="post" action="\(DashboardPath.logout.text)" class="logout">
        <input type="hidden" name="\(FormField.csrf)" value="{{.}}">
        <button type="submit">Log out</button>
        </form>{{/csrf}}
        </div></header>
        <main id="content" tabindex="-1">
        <h1>{{title}}</h1>
        {{#fault}}<p class="notice fault" role="alert">{{.}}</p>{{/fault}}
        {{#news}}<p class="notice" role="status">{{.}}</p>{{/news}}
        {{>*page}}
        <p id="said" class="unseen" role="status"></p>
        </main>
        </body>
        </html>

        """

    /// The link without an address leads to the page that was asked for, now from one of ours, so that the cookie comes along.
    static let login = """
        <form method="post" action="\(DashboardPath.login.text)" class="card fields narrow">
        {{#onward}}<input type="hidden" name="\(FormField.onward)" value="{{.}}">{{/onward}}
        <p><label for="token">Token</label>
        <input id="token" name="\(FormField.token)" type="password" autocomplete="current-password" spellcheck="false"
        aria-describedby="token-help" autofocus required></p>
        <p id="token-help" class="hint">The command that serves this page printed it when it started.</p>
        <p class="buttons"><button type="submit" class="main">Log in</button></p>
        </form>
        <p class="hint">A browser that comes here by a link from elsewhere does not say that it is logged in. If yours is,
        <a href="">open this page again</a>.</p>

        """

    static let problem = """
        <p class="card">{{words}}</p>
        <p><a href="\(DashboardPath.tasks.text)">All tasks</a></p>

        """
}
