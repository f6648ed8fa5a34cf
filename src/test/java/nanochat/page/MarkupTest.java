package nanochat.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/// The oracle is the XML parser of the JDK.
class MarkupTest {
    @Test
    void whatXmlCannotWriteIsReplaced() throws Exception {
        Markup page = new Markup().element("p", "a\u0000\ud800b\udc00\ufffe\u0085😀\n", "title", "\"<\u0001>\"");
        Element paragraph = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(page
                .toString())))
                .getDocumentElement();
        assertThat(paragraph.getTextContent()).isEqualTo("a\ufffd\ufffdb\ufffd\ufffd\ufffd😀\n");
        assertThat(paragraph.getAttribute("title")).isEqualTo("\"<\ufffd>\"");
    }
}
