/// The one style sheet.
///
/// Names of colours begin with a capital letter, so that none of them looks like an option of a command.
///
/// Colours of text have a contrast of 4.5 to 1 at least, in the light and in the dark; no kind of change is told by its colour alone.
enum Style {
    static let text = colours + page + controls + cards + lists + tables + drawings + narrow + paper

    private static let colours = """
        :root { color-scheme: light dark; --Ground: #f5f6f8; --Card: #ffffff; --Well: #eef0f4; --Ink: #191b20; --Quiet: #596070;
          --Line: #dde0e7; --Edge: #8a91a0; --Link: #0b57a4; --OnLink: #ffffff; --Fill: #3f83c9; --Track: #e6eaf1;
          --Asked: #cfdcec; --Whisker: #10325a; --More: #8a4300; --MoreBack: #fdeedd; --Less: #24506f; --LessBack: #e3eef6;
          --Bad: #a1260d; --Note: #fff5d9; --Shadow: 0 1px 2px #1018281a; }
        @media (prefers-color-scheme: dark) { :root { --Ground: #121317; --Card: #1b1d23; --Well: #252831; --Ink: #e8e9ee;
          --Quiet: #a7adbb; --Line: #31343e; --Edge: #767d8d; --Link: #8fc1ff; --OnLink: #0b1a2b; --Fill: #4f92d8; --Track: #292d37;
          --Asked: #2f4058; --Whisker: #dcebff; --More: #ffbf85; --MoreBack: #3a2a19; --Less: #a8d0ee; --LessBack: #1d303e;
          --Bad: #ff9d85; --Note: #373017; --Shadow: none; } }

        """

    private static let page = """
        * { box-sizing: border-box; }
        html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; background: var(--Ground);
          color: var(--Ink); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0; }
        header { background: var(--Card); border-bottom: 1px solid var(--Line); }
        .top, main { margin: 0 auto; max-width: 80rem; padding: 0 1.5rem; }
        .top { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; align-items: center; min-height: 3.5rem; }
        main { padding-top: 1.5rem; padding-bottom: 4rem; }
        main:focus, [data-region]:focus { outline: none; }
        .brand { display: flex; gap: .55rem; align-items: center; font-weight: 650; letter-spacing: -.01em; color: var(--Ink);
          text-decoration: none; padding: .35rem 0; }
        .brand svg { width: 1.6rem; height: 1.6rem; }
        .brand rect { fill: var(--Link); }
        .brand path { fill: none; stroke: var(--OnLink); stroke-width: 2.5; stroke-linecap: round; }
        .brand circle { fill: var(--OnLink); }
        .crumbs { display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0; font-size: .93rem; color: var(--Quiet); }
        .crumbs li + li::before { content: "/"; color: var(--Edge); margin: 0 .5rem; }
        .crumbs a { color: inherit; }
        .logout { margin-left: auto; }
        h1 { font-size: 1.6rem; line-height: 1.25; letter-spacing: -.015em; margin: 0 0 1rem; text-wrap: balance; }
        h2 { font-size: 1.1rem; line-height: 1.3; margin: 2rem 0 .6rem; }
        p { margin: .75rem 0; max-width: 46rem; }
        a { color: var(--Link); text-underline-offset: .18em; text-decoration-thickness: .06em; }
        a:hover { text-decoration-thickness: .12em; }
        :focus-visible { outline: 3px solid var(--Link); outline-offset: 2px; border-radius: .2rem; }
        .skip { position: absolute; left: -999rem; background: var(--Card); padding: .5rem 1rem; z-index: 1; }
        .skip:focus { left: .5rem; top: .5rem; }
        .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
        .hint { color: var(--Quiet); font-size: .9rem; }
        .notice { background: var(--Note); border-left: .3rem solid var(--Edge); border-radius: .4rem; padding: .7rem 1rem; margin: 0 0 1rem; }
        .notice p { margin: 0; }
        .notice ul { margin: .5rem 0 0; padding-left: 1.25rem; max-height: 14rem; overflow: auto; }
        .notice.fault { border-color: var(--Bad); }
        [hidden] { display: none !important; }

        """

    private static let controls = """
        button, input, select { font: inherit; font-weight: 400; color: inherit; background: var(--Card);
          border: 1px solid var(--Edge); border-radius: .45rem; padding: .35rem .75rem; min-height: 2.4rem; max-width: 100%; }
        button, select { cursor: pointer; }
        button:hover, .actions a:hover { background: var(--Well); }
        button.main, a.button { background: var(--Link); border: 1px solid var(--Link); color: var(--OnLink); font-weight: 550;
          border-radius: .45rem; padding: .45rem 1rem; text-decoration: none; display: inline-block; }
        button.main:hover, a.button:hover { filter: brightness(1.08); background: var(--Link); }
        .logout button, .copy button { border-color: transparent; background: none; color: var(--Quiet); font-size: .9rem;
          padding: .15rem .6rem; min-height: 2rem; }
        .logout button:hover, .copy button:hover { border-color: var(--Edge); color: var(--Ink); }
        label { font-weight: 600; font-size: .9rem; }
        .fields label { display: block; margin-bottom: .3rem; }
        .fields input { width: 100%; min-height: 2.7rem; }
        .fields { max-width: 34rem; }
        .fields.narrow { max-width: 25rem; margin: 0 auto 1rem; }
        main:has(.narrow) h1, main:has(.narrow) .notice { max-width: 25rem; margin: 0 auto 1rem; }
        main:has(.narrow) { padding-top: 12vh; }
        .fields.narrow ~ .hint { max-width: 25rem; margin: 0 auto; }
        .fields .buttons { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; margin: 1.25rem 0 .25rem; }
        .fields.narrow button { width: 100%; min-height: 2.7rem; }
        .tools { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: end; justify-content: space-between;
          margin: 1.25rem 0 1rem; }
        .filter { display: flex; flex-wrap: wrap; gap: .6rem .75rem; align-items: end; }
        .filter label { display: flex; flex-direction: column; gap: .2rem; color: var(--Quiet); font-size: .85rem; max-width: 100%; }
        .filter input, .filter select { color: var(--Ink); font-size: 1rem; }
        .filter input { width: 15rem; }
        .filter select { max-width: 15rem; text-overflow: ellipsis; }
        .filter [data-region] { display: contents; }
        .actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; max-width: none; margin: 0; }
        .actions a { border: 1px solid var(--Edge); border-radius: .45rem; padding: .4rem .8rem; text-decoration: none;
          background: var(--Card); }

        """

    private static let cards = """
        .cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); }
        .card, .panel, details { background: var(--Card); border: 1px solid var(--Line); border-radius: .7rem;
          box-shadow: var(--Shadow); }
        .card { padding: 1.1rem 1.25rem; }
        .card > :first-child, .card > p:first-of-type, .card > .facts { margin-top: 0; }
        .card > :last-child { margin-bottom: 0; }
        .card p:has(progress) { max-width: none; }
        section > .card { margin-bottom: 1rem; }
        .panel { padding: .35rem .75rem; margin: .6rem 0 1rem; }
        .grid > * { min-width: 0; }
        .grid > .card, .grid > .panel { margin: 0; }
        .badge { display: inline-block; border-radius: 1rem; padding: .1rem .7rem; font-size: .88rem; font-weight: 600;
          background: var(--LessBack); color: var(--Less); text-decoration: none; }
        .grid { display: grid; gap: 1rem; align-items: start; margin: 1rem 0;
          grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); }
        details { padding: .2rem 1rem; margin: 0 0 1rem; }
        .grid details { margin: 0; }
        summary { cursor: pointer; font-weight: 600; padding: .55rem 0; }
        summary .hint { font-weight: 400; margin-left: .35rem; }
        details > .hint { margin: 0 0 .5rem; }

        """

    private static let lists = """
        .facts { display: grid; gap: .75rem 1.5rem; margin: 0 0 1rem;
          grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); }
        .facts dt { color: var(--Quiet); font-size: .82rem; }
        .facts dd { margin: 0; overflow-wrap: anywhere; }
        .facts .wide { grid-column: span 2; }
        .tiles { display: grid; gap: .75rem; margin: 0 0 1rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 11.75rem), 1fr)); }
        .tiles > div { background: var(--Card); border: 1px solid var(--Line); border-radius: .7rem; padding: .6rem .9rem .7rem;
          box-shadow: var(--Shadow); min-height: 4.2rem; }
        .tiles dt { color: var(--Quiet); font-size: .82rem; }
        .tiles dd { margin: 0; font-size: 1.2rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
        .tiles time { font-size: .86rem; font-weight: 500; }
        .chips, .totals { display: flex; flex-wrap: wrap; gap: .5rem; list-style: none; margin: .6rem 0; padding: 0; }
        .chips li { background: var(--Card); border: 1px solid var(--Line); border-radius: 1.2rem; padding: .15rem .8rem;
          max-width: 100%; }
        .chips li a { padding: .2rem .35rem; text-decoration: none; }
        .totals a { display: block; background: var(--Card); border: 1px solid var(--Line); border-radius: .5rem;
          padding: .35rem .8rem; text-decoration: none; }
        .totals a[aria-current] { border-color: var(--Link); box-shadow: inset 0 0 0 1px var(--Link); }
        .pager { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin: .6rem 0; font-size: .93rem; }
        .pager a { padding: .3rem 0; }
        .found { color: var(--Quiet); font-size: .9rem; margin: 0; }
        .state, .one { font-size: 1.25rem; font-weight: 600; margin: 0; }
        .one { font-size: 2.4rem; font-variant-numeric: tabular-nums; }
        progress { width: 100%; height: .7rem; accent-color: var(--Fill); display: block; }
        .value { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .92em;
          white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate; }
        .value .escape { color: var(--Bad); }
        .string .value, .whole .value, .sums .value, .group .value, .chips .value, .notice .value { display: inline-block;
          max-width: 100%; overflow: hidden; vertical-align: top; }
        .whole { background: var(--Card); border: 1px solid var(--Line); border-radius: .7rem; padding: .8rem 1rem;
          max-width: none; font-size: 1.1rem; box-shadow: var(--Shadow); }

        """

    private static let tables = """
        .scroll { overflow-x: auto; }
        .scroll.tall { max-height: 26rem; overflow-y: auto; }
        .tall thead th { position: sticky; top: 0; background: var(--Card); }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        caption { text-align: left; font-weight: 600; padding: .5rem .6rem; }
        th, td { text-align: left; vertical-align: top; padding: .5rem .6rem; border-bottom: 1px solid var(--Line); font-weight: 400; }
        tbody tr:last-child > * { border-bottom: 0; }
        thead th { font-weight: 600; font-size: .85rem; color: var(--Quiet); vertical-align: bottom; white-space: nowrap; }
        thead a { color: inherit; text-decoration: none; display: inline-block; padding: .25rem 0; margin: -.25rem 0; }
        thead a:hover { color: var(--Link); text-decoration: underline; }
        thead [aria-sort=ascending], thead [aria-sort=descending] { color: var(--Link); }
        tbody tr:hover { background: color-mix(in srgb, var(--Well) 45%, transparent); }
        .number { text-align: right; white-space: nowrap; }
        .rank { color: var(--Quiet); }
        .strings .string { min-width: 16rem; }
        .strings .number, .strings .trend, .strings .change { width: 1%; }
        .strings .string a { text-decoration: none; }
        .strings .string a:hover { text-decoration: underline; }
        .strings td[data-label=count] { font-weight: 600; }
        .strings .group { min-width: 6rem; max-width: 14rem; }
        .sums { table-layout: fixed; }
        .sums .number { width: 6.5rem; }
        .strings .copy { padding: .3rem 0; width: 1%; }
        .change { white-space: nowrap; }
        .kind { display: inline-block; border-radius: 1rem; padding: .02rem .6rem; font-size: .88rem; background: var(--Well); }
        .kind.new, .kind.risen { background: var(--MoreBack); color: var(--More); }
        .kind.gone, .kind.fallen { background: var(--LessBack); color: var(--Less); }

        """

    private static let drawings = """
        svg { display: block; max-width: 100%; }
        .bar { width: 100%; height: .34rem; margin-top: .3rem; background: var(--Track); border-radius: .2rem; }
        .fill { fill: var(--Fill); }
        .whisker { fill: var(--Whisker); }
        .trend svg { width: 6.25rem; height: 1.5rem; overflow: visible; }
        .trend.big { max-width: 46rem; padding: 1rem 1.25rem; }
        .trend.big svg { width: 100%; height: auto; max-height: 14rem; }
        .trend polyline { fill: none; stroke: var(--Fill); stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
        .trend.big polyline { stroke-width: .7; }
        .trend circle { fill: var(--Link); }
        figure { margin: 1rem 0; padding: 1rem 1.25rem; }
        figcaption { color: var(--Quiet); font-size: .9rem; max-width: 46rem; margin-top: .5rem; }
        .key::before { content: ""; display: inline-block; width: .8em; height: .8em; border-radius: .2em; margin-right: .35em; }
        .key.asked::before { background: var(--Asked); }
        .key.kept::before { background: var(--Fill); }
        .tree { width: 100%; height: clamp(7rem, 16vw, 12rem); shape-rendering: crispEdges; }
        .tree .asked { fill: var(--Asked); }
        .tree .kept { fill: var(--Fill); }
        @media (forced-colors: active) { .fill, .whisker, .kept, .trend circle { fill: CanvasText; }
          .trend polyline { stroke: CanvasText; } }

        """

    /// A screen that is too narrow for all columns has a row in two or three lines, and nothing moves that need not.
    private static let narrow = """
        @media (max-width: 48rem) {
          .top, main { padding-left: 1rem; padding-right: 1rem; }
          .top { padding-top: .35rem; padding-bottom: .35rem; }
          .top nav { order: 3; width: 100%; }
          .crumbs [aria-current], .crumbs li:has(+ [aria-current])::after { display: none; }
          h1 { font-size: 1.35rem; }
          .tiles { grid-template-columns: repeat(auto-fill, minmax(8.5rem, 1fr)); gap: .5rem; }
          .tiles dd { font-size: 1.05rem; }
          .facts .wide { grid-column: auto; }
          .tools, .filter { align-items: stretch; flex-direction: column; width: 100%; }
          .filter input, .filter select { width: 100%; max-width: none; }
          .panel { padding: .35rem .9rem; }
          .sums .number { width: 4.75rem; }
        }
        @media (max-width: 70rem) {
          .strings thead th:not([aria-sort]) { position: absolute; width: 1px; height: 1px; overflow: hidden;
            clip-path: inset(50%); }
          .strings, .strings thead, .strings tbody { display: block; }
          .strings .number, .strings .trend, .strings .change { width: auto; }
          .strings tr { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .8rem; padding: .7rem 0;
            border-bottom: 1px solid var(--Line); }
          .strings tbody tr:last-child { border: 0; }
          .strings td, .strings th { border: 0; padding: 0; order: 2; }
          .strings .rank { order: 0; min-width: 1.2rem; }
          .strings .string { order: 1; width: auto; min-width: 0; flex: 1 1 60%; }
          .strings td[data-label=count] { order: 1; }
          .strings td[data-label]::before { content: attr(data-label) " "; color: var(--Quiet); font-size: .85rem; }
          .strings td[data-label=count]::before, .strings td.change::before { content: none; }
          .strings .trend:empty { display: none; }
          .strings .copy { order: 3; margin-left: auto; width: auto; }
          .strings .copy button { padding-right: 0; }
        }
        @media (prefers-reduced-motion: no-preference) { .tree rect { transition: width .25s, x .25s, height .25s, y .25s; } }

        """

    /// Paper has the table, and no forms.
    private static let paper = """
        @media print {
          :root { --Ground: #fff; --Card: #fff; --Well: #fff; --Ink: #000; --Quiet: #333; --Line: #999; --Link: #000; --Shadow: none;
            --More: #000; --MoreBack: #fff; --Less: #000; --LessBack: #fff; }
          .filter, .tools, .logout, .actions, .pager, .copy, .skip, .brand svg, button, a.button { display: none !important; }
          .scroll, .scroll.tall { overflow: visible; max-height: none; }
          .top, main { max-width: none; padding-left: 0; padding-right: 0; }
          .card, .panel, details, .tiles > div { border: 0; padding-left: 0; padding-right: 0; }
          tr { break-inside: avoid; }
          .fill, .kept, .asked, .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        }

        """
}
