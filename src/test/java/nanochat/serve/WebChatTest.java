package nanochat.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import nanochat.conversation.ConversationFile;
import nanochat.conversation.ConversationJson;
import nanochat.io.Json;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;
import tools.jackson.databind.JsonNode;

/// The chat in a browser: with a small model behind a server of ours, and where a certain answer is wanted with [FixedAnswers].
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class WebChatTest {
    private static final String BUSY = ".answer.live";
    private static final String LAST = ".answer:last-child ";

    @TempDir
    static Path folder;

    private static Browser browser;
    private static TestServer server;
    private static FixedAnswers fixed;

    @BeforeAll
    static void start() {
        browser = new Browser(folder);
        server = TestServer.random(folder.resolve("models"), options -> options);
        fixed = new FixedAnswers(List.of());
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.close();
        }
        if (fixed != null) {
            fixed.close();
        }
    }

    @BeforeEach
    void anew() {
        browser.size(1280, 800);
        browser.prefer("light");
        browser.forget(fixed.address());
        browser.forget(address());
        browser.complaints();
    }

    @AfterEach
    void theBrowserHadNothingToComplainOf() {
        assertThat(browser.complaints()).isEmpty();
        assertThat(server.errors).isEmpty();
        assertThat(fixed.errors).isEmpty();
    }

    private static String address() {
        return "http://localhost:" + server.port();
    }

    /// Settings of the page, so that answers are short and, at temperature 0, known.
    private static void settings(String json) {
        browser.run("localStorage.setItem('nanochat.settings', arguments[0])", json.replace('\'', '"'));
    }

    private static void awaitAnswers(int count) {
        browser.await(count + " answers", () -> browser.count(".answer .toolbar") == count && browser.count(BUSY) == 0);
    }

    private static String said(String answer) {
        return String.valueOf(browser.run("return [...document.querySelectorAll(arguments[0] + '.body .token:not(.end)')]"
                + ".map(each => each.textContent).join('')", answer));
    }

    /// A model may say anything; the server takes only what an assistant can have said.
    @Test
    void whatStandsWhereItCannotIsNotSentBack() {
        browser.open(address());
        assertThat(browser.run(
                """
                        const special = {"<|python_start|>": 1, "<|python_end|>": 2, "<|output_start|>": 3, "<|output_end|>": 4, "<|user_start|>": 5};
                        const model = {special, specialIds: new Set(Object.values(special))};
                        return import("/web/chat/tokens.js").then(tokens =>
                            tokens.spoken([[10], [2], [11], [1], [12], [1], [4], [2], [5], [13], [3], [14], [4], [1], [15]], model).join(" "));"""))
                .isEqualTo("10 11 1 12 2 13 3 14 4");
    }

    @Test
    void aConversationByKeyboard() {
        settings("{'max_tokens':30}");
        browser.open(address());
        assertThat(browser.is("document.activeElement.id === 'input'")).isTrue();
        browser.press("Hello");
        browser.press(Keys.SHIFT, Keys.ENTER);
        browser.press("there", Keys.ENTER);
        awaitAnswers(1);
        assertThat(browser.text(".question .said")).isEqualTo("Hello\nthere");
        assertThat(browser.text(LAST + ".body")).isNotBlank();
        assertThat(browser.text("#spoken")).as("for those who hear the page").isNotBlank();
        assertThat(browser.is("document.activeElement.id === 'input'")).isTrue();
        browser.press("Again", Keys.ENTER);
        awaitAnswers(2);
        String first = browser.text(LAST + ".body");
        browser.press(Keys.ALT, "r");
        browser.await("another version", () -> browser.text(LAST + ".siblings span").equals("2 / 2"));
        awaitAnswers(2);
        browser.click(LAST + ".siblings button");
        assertThat(browser.text(LAST + ".siblings span")).isEqualTo("1 / 2");
        assertThat(browser.text(LAST + ".body")).isEqualTo(first);
        browser.open(address());
        assertThat(browser.count(".message")).isZero();
        assertThat(browser.text("#list .conversation")).isEqualTo("Hello there");
        browser.click("#list .conversation");
        assertThat(browser.count(".message")).isEqualTo(4);
        assertThat(browser.text(LAST + ".body")).isEqualTo(first);
        browser.press(Keys.ALT, "e");
        browser.press(" edited", Keys.ENTER);
        awaitAnswers(2);
        assertThat(browser.text(".question:nth-last-child(2) .said")).isEqualTo("Again edited");
        assertThat(browser.text(".question:nth-last-child(2) .siblings span")).isEqualTo("2 / 2");
        browser.press(Keys.ALT, "n");
        assertThat(browser.count(".message")).isZero();
        browser.press(Keys.SHIFT, Keys.TAB);
        assertThat(browser.is("document.activeElement.matches('.suggestion') && document.activeElement.matches(':focus-visible')"))
                .isTrue();
    }

    /// What comes after the alternative is what the server says after the same tokens.
    @Test
    void anAlternativeToAWordIsABranch() throws Exception {
        settings("{'max_tokens':12,'temperature':0}");
        browser.open(address());
        browser.press("Hi", Keys.ENTER);
        awaitAnswers(1);
        String first = said(LAST);
        browser.press(Keys.ALT, "p");
        assertThat(browser.count(LAST + ".token[tabindex='0']")).isEqualTo(1);
        browser.run("document.querySelector('.token[tabindex=\"0\"]').focus()");
        browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);
        browser.await("the alternatives", () -> browser.is("!document.querySelector('#peek').hidden"));
        int index = Integer.parseInt(String.valueOf(browser.run("return String(document.activeElement.unit.indexes[0])")));
        assertThat(browser.count("#peek .alternative")).isBetween(8L, 9L);
        assertThat(browser.text("#peek .alternative[aria-current]")).contains("%");
        browser.press(Keys.ENTER, Keys.ENTER);
        browser.await("a branch", () -> browser.text(LAST + ".siblings span").equals("2 / 2"));
        awaitAnswers(1);
        List<?> tokens = (List<?>) browser.run(
                """
                        const conversation = JSON.parse(localStorage.getItem(Object.keys(localStorage).find(key => key.startsWith("nanochat.chat."))));
                        return Object.values(conversation.messages).filter(each => each.role === "assistant").at(-1).tokens.map(token => token[0]);
                        """);
        List<?> prefix = tokens.subList(0, index + 1);
        JsonNode expected = server.ask("/v1/chat/completions",
                "{'messages':[{'role':'user','content':'Hi'},{'role':'assistant','content':'',"
                        + "'nanochat':{'tokens':" + Json.line(prefix) + "}}],'continue_final_message':true,'temperature':0,'max_tokens':12,"
                        + "'logprobs':true,'top_logprobs':8}").path("choices").path(0);
        assertThat(tokens.subList(index + 1, tokens.size()).toString()).isEqualTo(expected.path("logprobs").path("content").valueStream()
                .map(token -> (Object) token.path("id").asLong()).toList().toString());
        assertThat(browser.text(LAST + ".body")).isNotEqualTo(first);
        browser.click(LAST + ".siblings button");
        assertThat(said(LAST)).isEqualTo(first);
    }

    @Test
    void pointingAtAWordShowsWhatElseItCouldHaveBeen() {
        fixed.answer = "The **quick** brown fox — 狐狸 🦊 — jumps over `x < 1`.";
        browser.open(fixed.address());
        browser.press("Go", Keys.ENTER);
        awaitAnswers(1);
        assertThat(said(LAST)).as("every word knows its token").isEqualTo("The quick brown fox — 狐狸 🦊 — jumps over x < 1.");
        browser.pointAt(LAST + "strong .token");
        browser.await("the alternatives", () -> browser.is("!document.querySelector('#peek').hidden"));
        assertThat(browser.text("#peek .peek-head")).isEqualTo("q 61 %");
        assertThat(browser.text("#peek")).contains("61 %", "22 %", "!");
        browser.press(Keys.ESCAPE);
        assertThat(browser.is("document.querySelector('#peek').hidden")).isTrue();
    }

    @Test
    void anAnswerCanBeStoppedAndGoneOnWith() throws Exception {
        fixed.answer = "the end";
        browser.open(fixed.address());
        browser.press(FixedAnswers.ENDLESS, Keys.ENTER);
        browser.await("some words", () -> browser.text(LAST + ".body").length() > 40);
        assertThat(browser.find("#send").getDomAttribute("aria-label")).isEqualTo("Stop");
        browser.press(Keys.ESCAPE);
        awaitAnswers(1);
        assertThat(fixed.left.await(60, TimeUnit.SECONDS)).as("the server sees that nobody reads").isTrue();
        assertThat(browser.text(LAST + ".figures")).startsWith("stopped");
        String stopped = browser.text(LAST + ".body");
        assertThat(browser.count("#list li")).isEqualTo(1);
        browser.click(LAST + ".go-on");
        browser.await("the rest", () -> said(LAST).endsWith("the end"));
        JsonNode last = fixed.requests.getLast();
        assertThat(last.path("continue_final_message").asBoolean()).isTrue();
        JsonNode message = last.path("messages").path(1);
        assertThat(message.path("content").asString().strip()).isEqualTo(stopped.strip());
        assertThat(message.path("nanochat").path("tokens")).hasSize(message.path("content").asString().length());
    }

    @Test
    void aServerThatWantsAKeyIsGivenIt() {
        try (FixedAnswers locked = new FixedAnswers(List.of(ApiKey.of("very-secret")))) {
            locked.answer = "open";
            browser.open(locked.address());
            assertThat(browser.is("document.querySelector('#settings').open && document.activeElement.name === 'key'")).isTrue();
            assertThat(browser.complaints()).isNotEmpty().allSatisfy(complaint -> assertThat(complaint).contains("401"));
            browser.press("very-secret", Keys.ENTER);
            browser.await("the model", () -> browser.count(".suggestion") == 3);
            browser.click(".suggestion");
            awaitAnswers(1);
            assertThat(said(LAST)).isEqualTo("open");
        }
    }

    @Test
    void aConversationIsRenamedAndDeletedAndComesBack() {
        browser.open(fixed.address());
        browser.press(FixedAnswers.ENDLESS, Keys.ENTER);
        browser.await("some words", () -> browser.text(LAST + ".body").length() > 10);
        browser.click("#list .icon-button");
        browser.press(Keys.ENTER);
        browser.press("Mine", Keys.ENTER);
        assertThat(browser.text("#list .conversation")).isEqualTo("Mine");
        browser.click("#list .icon-button");
        browser.press(Keys.ARROW_UP, Keys.ENTER);
        browser.await("the end of the answer", () -> browser.find("#send").getDomAttribute("aria-label").equals("Send"));
        assertThat(browser.count("#list li") + browser.count(".message")).as("what was under way does not bring it back").isZero();
        assertThat(browser.is("Object.keys(localStorage).some(key => key.startsWith('nanochat.chat.'))")).isFalse();
        browser.click(".notice-button");
        assertThat(browser.text("#list .conversation")).isEqualTo("Mine");
        assertThat(browser.count(".message")).isEqualTo(2);
    }

    /// Nothing that a model says runs, loads, or leads anywhere but to the web; and it can be read.
    @Test
    void aHostileAnswerIsText() {
        fixed.answer = """
                <script>window.hurt = 1</script>
                <img src=x onerror="window.hurt = 2"> <svg onload="window.hurt = 3"><style>body { display: none }</style></svg>
                <iframe src="javascript:parent.hurt = 4"></iframe><body onload="window.hurt = 5"><form action="https://evil.example"><input name=a autofocus onfocus="window.hurt = 6"></form>
                <a href="javascript:window.hurt = 7">one</a> <div style="position: fixed; inset: 0">two</div> <math><mtext><table><mglyph><style><img src=x onerror="window.hurt = 8">

                [three](javascript:window.hurt=9) [four](JaVaScRiPt:window.hurt=10) [five](data:text/html,<script>window.hurt=11</script>) [six](https://example.org/?a="onmouseover="window.hurt=12)
                ![seven](https://evil.example/pixel.png) ![eight](data:image/svg+xml,<svg/onload=window.hurt=13>) [nine](&#106;avascript:window.hurt=14) <javascript:window.hurt=15>
                [ten]: javascript:window.hurt=16

                [ten] [eleven](vbscript:x) [twelve](//evil.example) `<script>window.hurt = 17</script>` \uE000\uE001

                ```html"><script>window.hurt=18</script>
                <script>window.hurt = 19</script>
                ```
                <a id="input" name="send" class="notice" href="https://example.org/plain" target="_self" onclick="window.hurt=20">thirteen</a>
                """;
        browser.open(fixed.address());
        browser.press("<img src=x onerror='window.hurt = 21'>", Keys.ENTER);
        awaitAnswers(1);
        browser.press(Keys.ALT, "p");
        browser.run(
                "document.querySelectorAll('.body a').forEach(link => { link.addEventListener('click', event => event.preventDefault());"
                        + " link.click(); })");
        assertThat(browser.is("window.hurt !== undefined")).isFalse();
        assertThat(browser.run("return [...document.querySelectorAll('.body *')].map(each => each.localName)"
                + ".filter(name => !['p','br','a','code','pre','div','span','button','svg','path','strong','em','table','tbody','tr','td'].includes(name))"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST).isEmpty();
        assertThat(browser.run("return [...document.querySelectorAll('.body *')].flatMap(each => [...each.attributes])"
                + ".filter(each => /^on|^src|^action|^formaction|^id$|^name$|^srcdoc/.test(each.name) || each.name === 'style' && !/^--p: [\\d.]+;$/.test(each.value))"
                + ".map(each => each.name + '=' + each.value)")).asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .isEmpty();
        List<?> links = (List<?>) browser.run(
                "return [...document.querySelectorAll('.body a')].map(each => [each.protocol, each.rel, each.target].join(' '))");
        assertThat(links).isNotEmpty().allSatisfy(link -> assertThat(link).isEqualTo("https: noopener noreferrer nofollow _blank"));
        assertThat(browser.text(".body")).contains("<script>window.hurt = 1</script>", "<img src=x onerror=\"window.hurt = 2\">",
                "javascript:window.hurt=9", "![seven](https://evil.example/pixel.png)", "two", "thirteen");
        assertThat(browser.text(".question .said")).isEqualTo("<img src=x onerror='window.hurt = 21'>");
        assertThat(browser.is("document.querySelector('#input').tagName === 'TEXTAREA' && document.querySelectorAll('img').length === 1"))
                .isTrue();
    }

    @Test
    void itFitsAPhone() {
        fixed.answer = "A long-word-" + "abcdefghij".repeat(20) + " and `" + "code".repeat(40) + "`\n\n```\n" + "wide ".repeat(60)
                + "\n```\n\n|a|b|c|\n|-|-|-|\n|" + "x".repeat(80) + "|2|3|";
        browser.size(360, 700);
        browser.open(fixed.address());
        browser.press("Hi", Keys.ENTER);
        awaitAnswers(1);
        assertThat(browser.is(
                "document.documentElement.scrollWidth <= innerWidth && document.querySelector('#scroll').scrollWidth <= innerWidth"))
                .isTrue();
        assertThat(browser.is("[...document.querySelectorAll('#bar button, #bar a, #composer *')].filter(each => each.offsetParent)"
                + ".every(each => { const { left, right } = each.getBoundingClientRect(); return left >= 0 && right <= innerWidth; })"))
                .isTrue();
        assertThat(browser.is("document.querySelector('#side').inert")).isTrue();
        browser.click("#menu");
        browser.await("the list", () -> browser.is("document.querySelector('#side').getBoundingClientRect().left === 0"));
        assertThat(browser.is("document.querySelector('#main').inert && document.activeElement.id === 'new'")).isTrue();
        browser.press(Keys.ESCAPE);
        assertThat(browser.is("document.querySelector('#side').inert && document.activeElement.id === 'menu'")).isTrue();
        browser.run("document.querySelector('#scroll').scrollTop = 0");
        browser.click(LAST + ".token");
        browser.await("the alternatives", () -> browser.is("!document.querySelector('#peek').hidden"));
        assertThat(browser.is("(({ left, right, top, bottom }) => left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight)"
                + "(document.querySelector('#peek').getBoundingClientRect())")).isTrue();
    }

    @Test
    void lightAndDarkCanBeReadAndAreRemembered() {
        String contrast = """
                const [ink, paper] = [...arguments].map(name => {
                    const probe = document.createElement("i");
                    probe.style.color = `var(${name})`;
                    document.body.append(probe);
                    const rgb = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
                    probe.remove();
                    const [r, g, b] = rgb.map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                });
                return String((Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) * (ink > paper ? -1 : 1));
                """;
        browser.open(fixed.address());
        for (String scheme : List.of("light", "dark")) {
            browser.prefer(scheme);
            double sign = scheme.equals("light") ? 1 : -1;
            Map<String, Double> least = Map.of("--ink", 7.0, "--quiet", 4.5, "--accent", 4.5, "--wrong", 4.5);
            for (String ground : List.of("--paper", "--surface", "--accent-faint")) {
                least.forEach((ink, bound) -> assertThat(sign * Double.parseDouble(String.valueOf(browser.run(contrast, ink, ground))))
                        .as("%s on %s, %s", ink, ground, scheme).isGreaterThanOrEqualTo(bound));
            }
        }
        browser.prefer("light");
        browser.click("#theme");
        browser.click("#theme");
        assertThat(browser.is("document.documentElement.dataset.theme === 'dark'")).isTrue();
        browser.open(fixed.address());
        assertThat(browser.is("document.documentElement.dataset.theme === 'dark'"
                + " && getComputedStyle(document.documentElement).backgroundColor === 'rgb(21, 22, 24)'")).isTrue();
    }

    @Test
    void itSpeaksChinese() {
        fixed.answer = "你好,世界。";
        browser.open(fixed.address());
        browser.click("#language");
        browser.await("Chinese", () -> browser.find("#input").getDomAttribute("placeholder").equals("问点什么"));
        assertThat(browser.is("document.documentElement.lang === 'zh-Hans' && document.activeElement.id === 'language'")).isTrue();
        browser.click("#input");
        // While a word is being composed Enter chooses it and sends nothing.
        browser.run(
                "document.querySelector('#input').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))");
        browser.press("你好", Keys.ENTER);
        awaitAnswers(1);
        assertThat(browser.text(LAST + ".figures")).contains("个词元");
        assertThat(said(LAST)).isEqualTo("你好,世界。");
        browser.open(fixed.address());
        assertThat(browser.text("#new")).isEqualTo("新对话");
        assertThat(browser.run("return [...document.querySelectorAll('[aria-label], [data-t], [placeholder], button')].flatMap(each =>"
                + " [each.getAttribute('aria-label'), each.placeholder, each.dataset.t && each.textContent]).filter(text => text && /^[a-z]+\\.\\w+$/.test(text))"))
                .as("keys without a message").asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST).isEmpty();
    }

    /// What is written and what the model wrote are one text, to which it adds what the server says after it.
    @Test
    void aBaseModelGoesOnWithTextInBothLanguages() throws Exception {
        try (TestServer base = TestServer.base(folder.resolve("base"))) {
            String address = "http://localhost:" + base.port();
            browser.forget(address);
            settings("{'max_tokens':9,'temperature':0}");
            browser.open(address);
            browser.await("the model", () -> browser.count(".suggestion") == 3);
            assertThat(browser.text(".welcome")).contains("How does the text begin?", "it goes on with text");
            assertThat(browser.find("#input").getDomAttribute("placeholder")).isEqualTo("Begin a text, or write on");
            browser.press("Once upon a ", Keys.ENTER);
            awaitAnswers(1);
            String text = "Once upon a ";
            text += continuation(base, text);
            assertThat(written()).isEqualTo(text);
            browser.press(" and then", Keys.ENTER);
            awaitAnswers(2);
            text += " and then";
            text += continuation(base, text);
            assertThat(written()).isEqualTo(text);
            browser.click(LAST + ".go-on");
            awaitAnswers(2);
            text += continuation(base, text);
            assertThat(written()).isEqualTo(text);
            browser.click("#language");
            browser.await("Chinese", () -> browser.find("#input").getDomAttribute("placeholder").equals("写一个开头，或者接着写"));
            browser.press(Keys.ALT, "n");
            assertThat(browser.text(".welcome")).contains("文本从哪里开始？", "只会续写文本");
            assertThat(base.errors).isEmpty();
        }
    }

    /// What comes after the alternative is what the server says after the same tokens.
    @Test
    void theWordsOfATextHaveAlternativesToGoOnFrom() throws Exception {
        try (TestServer base = TestServer.base(folder.resolve("base"))) {
            String address = "http://localhost:" + base.port();
            browser.forget(address);
            settings("{'max_tokens':9,'temperature':0}");
            browser.open(address);
            browser.await("the model", () -> browser.count(".suggestion") == 3);
            browser.press("Once upon a ", Keys.ENTER);
            awaitAnswers(1);
            browser.press(Keys.ALT, "p");
            browser.run("document.querySelector('.token[tabindex=\"0\"]').focus()");
            browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);
            browser.await("the alternatives", () -> browser.is("!document.querySelector('#peek').hidden"));
            int index = Integer.parseInt(String.valueOf(browser.run("return String(document.activeElement.unit.indexes[0])")));
            browser.press(Keys.ENTER, Keys.ENTER);
            browser.await("a branch", () -> browser.text(LAST + ".siblings span").equals("2 / 2"));
            awaitAnswers(1);
            List<?> tokens = (List<?>) browser.run(
                    """
                            const conversation = JSON.parse(localStorage.getItem(Object.keys(localStorage).find(key => key.startsWith("nanochat.chat."))));
                            return Object.values(conversation.messages).filter(each => each.role === "assistant").at(-1).tokens.map(token => token[0]);
                            """);
            List<Object> prompt = new ArrayList<>(base.ask("/tokenize", "{'prompt':'Once upon a '}").path("tokens").valueStream().map(
                    token -> (Object) token.asLong()).toList());
            prompt.addAll(tokens.subList(0, index + 1));
            JsonNode expected = base.ask("/v1/completions", "{'prompt':" + Json.line(prompt)
                    + ",'max_tokens':9,'temperature':0,'logprobs':2,'nanochat':{'token_details':true}}").path("choices").path(0);
            assertThat(tokens.subList(index + 1, tokens.size()).toString()).isEqualTo(expected.path("logprobs").path("content")
                    .valueStream().map(token -> (Object) token.path("id").asLong()).toList().toString());
            assertThat(expected.path("logprobs").path("content").valueStream().map(token -> token.path("token")).toList().toString())
                    .isEqualTo(expected.path("logprobs").path("tokens").toString().replace(",", ", "));
            assertThat(base.errors).isEmpty();
        }
    }

    private static String continuation(TestServer base, String text) throws Exception {
        return base.ask("/v1/completions", "{'prompt':" + Json.line(text).replace("'", "\\u0027") + ",'max_tokens':9,'temperature':0}")
                .at("/choices/0/text").asString();
    }

    /// All that stands in the conversation that is kept.
    private static String written() {
        return String.valueOf(browser.run("""
                const kept = JSON.parse(localStorage.getItem(Object.keys(localStorage).find(key => key.startsWith("nanochat.chat."))));
                let text = "";
                for (let message = kept.messages[""]; message.chosen;) {
                    message = kept.messages[message.chosen];
                    text += message.text;
                }
                return text;
                """));
    }

    @Test
    void conversationsGoOutAndComeInAsTrainingData() throws Exception {
        Path wrong = Files.writeString(folder.resolve("wrong.jsonl"), """
                [{"role":"user","content":"a"},{"role":"assistant","content":"b"}]

                [{"role":"user","content":"a"},{"role":"user","content":"b"}]
                """);
        Path right = Files.writeString(folder.resolve("right.jsonl"),
                """
                        {"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"12*7?"},{"role":"assistant","content":[{"type":"text","text":"It is "},{"type":"python","text":"12*7"},{"type":"python_output","text":"84"},{"type":"text","text":"84."}]}]}
                        [{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]
                        """);
        browser.open(fixed.address());
        browser.find("#file").sendKeys(wrong.toString());
        browser.await("the refusal", () -> browser.text("#notice").contains("Line 3: message 2 should have the role \"assistant\""));
        assertThat(browser.count("#list li")).isZero();
        browser.find("#file").sendKeys(right.toString());
        browser.await("the conversations", () -> browser.count("#list li") == 2);
        assertThat(browser.text(".tool-inside")).isEqualTo("12*7 = 84");
        assertThat(browser.is("document.querySelector('.tool-inside').hidden")).isTrue();
        browser.click(".tool-name");
        assertThat(browser.is("document.querySelector('.tool-inside').hidden")).isFalse();
        browser.click("#export");
        Path exported = folder.resolve("nanochat.jsonl");
        browser.await("the file", () -> Files.exists(exported));
        ConversationFile out = new ConversationFile(exported);
        ConversationFile in = new ConversationFile(right);
        assertThat(out.size()).isEqualTo(2);
        for (int i = 0; i < 2; i++) {
            assertThat(ConversationJson.line(out.conversation(i))).isEqualTo(ConversationJson.line(in.conversation(i)));
        }
    }

    @Test
    void whatTheBrowserKeepsMayBeBrokenOrFull() {
        fixed.answer = "an answer";
        browser.forget(fixed.address());
        browser.run(
                """
                        localStorage.setItem("nanochat.chat.a", "{");
                        localStorage.setItem("nanochat.chat.b", JSON.stringify({ id: "b", title: "x", updated: 1, messages: { "": { role: "root", id: "", children: ["gone"] } } }));
                        localStorage.setItem("nanochat.house", "[1");
                        localStorage.setItem("nanochat.settings", '{"temperature":"hot","top_k":-3,"system":7}');
                        """);
        browser.open(fixed.address());
        browser.await("what is said of it", () -> browser.text("#notice").contains("2 cannot be read"));
        browser.press("Hi", Keys.ENTER);
        awaitAnswers(1);
        assertThat(fixed.requests.getLast().path("temperature").asDouble()).isEqualTo(0.8);
        browser.run("""
                let size = 1 << 20;
                for (let i = 0; size > 0;) {
                    try { localStorage.setItem("other" + i, "x".repeat(size)); i++; } catch { size >>= 1; }
                }
                """);
        browser.press("More " + "words ".repeat(50), Keys.ENTER);
        awaitAnswers(2);
        assertThat(browser.text("#notice")).contains("no more room");
        assertThat(browser.text(LAST + ".body")).startsWith("an answer");
    }
}
