/// A model as LangChain4j asks for one. The library comes with the program that uses this.
@org.jspecify.annotations.NullMarked
package nanochat.chat.langchain4j;
