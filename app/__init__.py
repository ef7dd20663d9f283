"""The screen: the only room that imports streamlit, plotly or starlette."""
