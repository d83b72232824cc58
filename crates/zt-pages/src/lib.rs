//! Layout, messages, refusal and error pages, charts.
