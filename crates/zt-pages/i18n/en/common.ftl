skip-to-content = Skip to content
navigation = Menu
language = Language
sign-out = Sign out
close = Close
newer = Newer
older = Older
pager = Newer and older entries
reference = Reference

keys-title = Keyboard shortcuts
keys-search = Go to the search field
keys-help = Show this list

trust-high = High trust
trust-medium = Medium trust
trust-low = Low trust
trust-other = Trust unknown
