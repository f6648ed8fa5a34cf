/// Public data from the internet: what there is, where it goes, and how it gets there whole whatever the network does.
@org.jspecify.annotations.NullMarked
package nanochat.data.download;
