/// The one script.
///
/// Without it every page is there and does the same by links and forms.
///
/// It makes no HTML of text: values become texts of elements that are there, and parts of tables come as documents, which a
/// browser reads without running anything in them. So it goes on under a policy of trusted types.
enum Script {
    static let text = "'use strict';\n(() => {\n" + saying + copying + swapping + watching + "})();\n"

    private static let saying = #"""
        const say = text => { const said = document.getElementById('said'); if (said) said.textContent = text; };

        """#

    /// Buttons that copy are shown where there is a clipboard: only secure pages and loopback have one.
    private static let copying = #"""
        const showCopying = () => {
          if (!navigator.clipboard) return;
          const buttons = document.querySelectorAll('button[data-copy], button[data-copy-link]');
          for (const button of buttons) button.hidden = false;
        };
        document.addEventListener('click', async event => {
          const button = event.target.closest('button[data-copy], button[data-copy-link]');
          if (!button) return;
          try {
            await navigator.clipboard.writeText('copyLink' in button.dataset ? location.href : button.dataset.copy);
            say('Copied');
          } catch {
            say('The browser does not permit copying');
          }
        });
        showCopying();

        """#

    /// Sorting, filtering and paging without a new page: the same address is asked for, and its regions are taken.
    private static let swapping = #"""
        let asked = 0;
        // Where the keyboard was: on a head of the table, on a link that is there again, or outside of what is replaced.
        const placeOf = active => {
          const head = active.closest('.strings thead th');
          if (head) return () => document.querySelectorAll('.strings thead th a')[head.cellIndex - 1];
          const address = active.getAttribute('href');
          return () => [...document.querySelectorAll('a[data-swap]')].find(a => a.getAttribute('href') === address);
        };
        const swap = (address, remember) => {
          const turn = ++asked;
          const request = new XMLHttpRequest();
          request.open('GET', address);
          request.responseType = 'document';
          request.onload = () => {
            if (turn !== asked) return;
            const page = request.response;
            const found = page && page.querySelector('[data-region]');
            if (request.status !== 200 || !found) { location.assign(address); return; }
            const active = document.activeElement;
            const place = active && placeOf(active);
            for (const region of document.querySelectorAll('[data-region]')) {
              const next = page.querySelector(`[data-region="${region.dataset.region}"]`);
              if (next) region.replaceChildren(...document.importNode(next, true).childNodes);
            }
            if (remember) history[remember](null, '', address);
            if (active && !active.isConnected) {
              const next = place() || document.querySelector('[data-region="table"]');
              next.focus();
              next.scrollIntoView({ block: 'nearest' });
            }
            showCopying();
            const words = document.querySelector('[data-said]');
            if (words) say(words.textContent);
          };
          request.onerror = () => location.assign(address);
          request.send();
        };
        const isPlain = event => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
        document.addEventListener('click', event => {
          const link = event.target.closest('a[data-swap]');
          if (!link || !isPlain(event) || event.defaultPrevented) return;
          event.preventDefault();
          swap(link.href, 'pushState');
          fill(link.href);
        });
        const addressOf = form => {
          const fields = [...new FormData(form)].filter(([, value]) => value !== '');
          const query = new URLSearchParams(fields).toString();
          return form.action.split('?')[0] + (query ? '?' + query : '');
        };
        let pause;
        document.addEventListener('submit', event => {
          const form = event.target.closest('form[data-swap]');
          if (!form) return;
          event.preventDefault();
          clearTimeout(pause);
          swap(addressOf(form), 'pushState');
        });
        document.addEventListener('input', event => {
          const form = event.target.closest('form[data-swap]');
          if (!form || event.target.type !== 'search') return;
          clearTimeout(pause);
          // Each letter is no page to come back to.
          pause = setTimeout(() => swap(addressOf(form), 'replaceState'), 250);
        });
        document.addEventListener('change', event => {
          const form = event.target.closest('form[data-swap]');
          if (form && event.target.matches('select')) swap(addressOf(form), 'pushState');
        });
        // What the fields of the form say is what the address says.
        const fill = address => {
          const query = new URL(address).searchParams;
          for (const field of document.querySelectorAll('form[data-swap] [name]')) {
            if (field.type !== 'hidden') field.value = query.get(field.name) || '';
          }
        };
        addEventListener('popstate', () => { swap(location.href, ''); fill(location.href); });

        """#

    /// A walk that goes on.
    ///
    /// The words and numbers come as they are shown.
    private static let watching = #"""
        const watch = section => {
          const part = name => section.querySelector(`[data-part="${name}"]`);
          const put = (name, text) => { if (part(name).textContent !== text) part(name).textContent = text; };
          const row = cells => {
            const row = document.createElement('tr');
            for (const text of cells) {
              const cell = document.createElement('td');
              cell.className = 'number';
              cell.textContent = text;
              row.append(cell);
            }
            return row;
          };
          const rect = (kind, x, y, width, height) => {
            const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
            for (const [name, value] of Object.entries({ class: kind, x, y, width, height })) rect.setAttribute(name, value);
            return rect;
          };
          const source = new EventSource(section.dataset.events);
          source.onmessage = event => {
            const now = JSON.parse(event.data);
            put('state', now.state);
            put('estimate', now.estimate);
            put('late', now.late);
            now.tiles.forEach((text, i) => { part('tiles').querySelectorAll('dd')[i].textContent = text; });
            part('progress').value = now.percent;
            part('steps').replaceChildren(...now.steps.map(row));
            part('tree').replaceChildren(...now.tree.flatMap(([x, width, askedY, asked, keptY, kept]) =>
              [rect('asked', x, askedY, width, asked), rect('kept', x, keptY, width, kept)]));
            if (now.result && now.result.startsWith('/tasks/')) {
              part('result').querySelector('a').setAttribute('href', now.result);
              part('result').hidden = false;
            }
            if (now.over) source.close();
          };
          source.onerror = () => say(source.readyState === EventSource.CLOSED
            ? 'No more is told here: load the page again' : 'The connection is lost; trying again');
        };
        const section = document.querySelector('[data-events]');
        if (section && window.EventSource) watch(section);

        """#
}
